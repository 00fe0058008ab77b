import ArgumentParser
import Compute
import Glibc
import LinearAlgebra
import TransferClustering

/// Transfer clustering against vectorised numpy (the bootstrap) and scikit-learn (the fits), and a
/// large sparse network alone.
struct ClusterBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Bootstrap and mixtures against numpy and scikit-learn; a large network.")

  @OptionGroup var options: BenchOptions

  @Option(help: "Threads of ours; the peers use what their libraries take.")
  var threads = 2

  @Option(help: "The Python with numpy and scikit-learn.")
  var python = "python3"

  @Option(help: "The peer's script.")
  var peer = "deploy/peers/cluster/numpy_peer.py"

  @Option(help: "Nodes of the network; ten times as many edges.")
  var nodes = 100_000

  private struct Sample {
    var bootstrap: Double
    var fit: Double
    var likelihood: Double
    var whole: Double
  }

  private static let subjects = 500
  private static let replicates = 500

  func run() throws {
    let pool = ComputePool(threads: threads, niceness: 0)
    defer { pool.shutdown() }
    let context = ComputeContext(seed: 1, executor: pool.executor(width: threads))
    var figures = Figures("cluster")
    let (target, source) = (Self.points(stream: 1), Self.points(stream: 2))
    let files = ["target", "source", "labels"].map { "/tmp/matquay-bench-\(getpid())-\($0)" }
    defer { for file in files { unlink(file) } }
    _ = FileText.write(Self.text(target), to: files[0])
    _ = FileText.write(Self.text(source), to: files[1])
    let alone = try Self.analysed(target, source, .none, context)
    _ = FileText.write(
      alone.labels.map { "\($0)" }.joined(separator: "\n"), to: files[2])
    var contenders: [(name: String, measure: () throws -> Sample)] = [
      ("matquay", { try Self.own(target, source, context) })
    ]
    if access(peer, R_OK) == 0 { contenders.append(("numpy", { try peerSample(files) })) }
    let results = try Interleaved.samples(rounds: options.rounds, of: contenders)
    let ours = results[0].samples
    figures.add("whole_request_s", ours.map(\.whole).median, "s")
    figures.add("bootstrap_ms", 1e3 * ours.map(\.bootstrap).median, "ms")
    figures.add("fits_ms", 1e3 * ours.map(\.fit).median, "ms")
    if results.count > 1 {
      let theirs = results[1].samples
      func ratio(_ of: (Sample) -> Double) -> Double {
        zip(theirs, ours).map { of($0) / of($1) }.median
      }
      figures.add("numpy_bootstrap_ms", 1e3 * theirs.map(\.bootstrap).median, "ms")
      figures.add("sklearn_fits_ms", 1e3 * theirs.map(\.fit).median, "ms")
      figures.add("bootstrap_vs_numpy", ratio(\.bootstrap), "×")
      figures.add("fits_vs_sklearn", ratio(\.fit), "×")
      figures.add(
        "likelihood_minus_sklearn", ours[0].likelihood - theirs[0].likelihood, "nats")
    }
    try measureNetwork(context, &figures)
    figures.note(
      "two Gaussian data sets, n 500, d 10, K 2, full covariance, B 500, 67 penalties; "
        + "\(options.rounds) rounds, \(threads) threads")
    try figures.report(options)
  }

  private static func points(stream: UInt64) -> Matrix<Double> {
    var generator = RandomGenerator(seed: 11, stream: stream)
    return Matrix(rows: subjects, columns: 10) { row, _ in
      generator.normal() + (row % 2 == 0 ? 0.5 : -0.5)
    }
  }

  private static func text(_ points: Matrix<Double>) -> String {
    (0..<points.rows).map { row in
      points.row(row).map { "\($0)" }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  private static func analysed(
    _ target: Matrix<Double>, _ source: Matrix<Double>, _ rule: SelectionRule,
    _ context: ComputeContext
  ) throws -> TransferResult {
    var options = TransferOptions(classes: 2...2)
    options.rule = rule
    return try AdaptiveTransfer.run(
      target: .points(target, .full), source: .points(source, .full), options: options,
      in: context)
  }

  /// The bootstrap's time is that of the whole less that of the fits and everything else.
  private static func own(
    _ target: Matrix<Double>, _ source: Matrix<Double>, _ context: ComputeContext
  ) throws -> Sample {
    let grid = (0..<67).map { 0.3 * Double($0) }
    var likelihood = 0.0
    let fit = try Interleaved.seconds {
      let result = try analysed(target, source, .none, context)
      likelihood = result.targetFit.logLikelihood / Double(subjects)
    }
    let whole = try Interleaved.seconds {
      _ = try analysed(
        target, source, .bootstrap(replicates: replicates, quantile: 0.9, grid: grid), context)
    }
    return Sample(bootstrap: whole - fit, fit: fit, likelihood: likelihood, whole: whole)
  }

  private func peerSample(_ files: [String]) throws -> Sample {
    guard
      let process = ChildProcess.start([python, peer] + files + ["\(Self.replicates)"]),
      let words = process.line()?.split(separator: " ").compactMap({ Double($0) }),
      words.count == 3
    else { throw ValidationError("the numpy peer gave no figures") }
    return Sample(
      bootstrap: words[0], fit: words[1], likelihood: words[2], whole: words[0] + words[1])
  }

  /// Five blocks, ten edges a node, most of them inside the blocks.
  private func measureNetwork(_ context: ComputeContext, _ figures: inout Figures) throws {
    var generator = RandomGenerator(seed: 3, stream: 0)
    var edges: [(Int, Int)] = []
    edges.reserveCapacity(10 * nodes)
    while edges.count < 10 * nodes {
      let u = generator.below(nodes)
      let isInside = generator.uniform() < 0.7
      let v = isInside ? u % 5 + 5 * generator.below(nodes / 5) : generator.below(nodes)
      if u != v { edges.append((u, v)) }
    }
    let network = Network(nodes: nodes, edges: edges)
    var labels: [Int] = []
    let seconds = try Interleaved.seconds {
      let (model, _) = try BlockModel.fit(
        network, classes: 5, likelihood: .full, options: FitOptions(), stream: 0, in: context)
      labels = model.responsibilities.largest()
    }
    let truth = (0..<nodes).map { $0 % 5 }
    figures.add("network_s", seconds, "s")
    figures.add(
      "network_error",
      Double(LabelComparison(labels, truth, classes: 5).errors) / Double(nodes), "")
    figures.add("peak_memory_gb", Self.peakMemory, "GB")
  }

  /// VmHWM of proc(5).
  private static var peakMemory: Double {
    let lines = FileText.text("/proc/self/status")?.split(separator: "\n") ?? []
    let line = lines.first { $0.hasPrefix("VmHWM:") } ?? ""
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    return words.count > 1 ? (Double(words[1]) ?? .nan) / 1_048_576 : .nan
  }
}
