import ArgumentParser
import Compute
import Dualization
import Glibc
import LinearAlgebra

/// Polar factors against PyTorch on the CPU: its SVD and the five-step loop of the Muon optimiser,
/// interleaved in one run. Targets: specs of the project, dualize, section 5.4.
struct DualizeBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dualize",
    abstract: "Dualized matrices against torch's SVD and Newton-Schulz loop.",
    discussion: """
      Needs Python with torch for the peer (deploy/peers/dualize). Ours runs with its default \
      verification, theirs has none. Ratios are medians of rounds: theirs over ours.
      """)

  @OptionGroup var options: BenchOptions

  @OptionGroup var program: ServiceProgram

  @Option(help: "Threads of either side.")
  var threads = 2

  @Option(help: "The Python with torch.")
  var python = "python3"

  @Option(help: "The peer's script.")
  var peer = "deploy/peers/dualize/torch_peer.py"

  @Option(help: "Shapes, as 512x2048.")
  var shapes = ["512x512", "1024x1024", "512x2048", "768x3072"]

  @Flag(
    help: """
      Also the Muon loop as shipped, in bfloat16: up to half a minute a matrix on a processor \
      without bfloat16 units, fast on one with them.
      """)
  var muon = false

  @Option(help: "The gradient file of the whole request; rows `embeddings.*` are token vectors.")
  var gradients = "../shared/data/minilm-grads.safetensors"

  @Flag(help: "Only the whole request.")
  var wholeRequest = false

  private struct Sample {
    var seconds: Double
    var error: Double
  }

  func run() throws {
    let pool = ComputePool(threads: threads, niceness: 0)
    defer { pool.shutdown() }
    let context = ComputeContext(executor: pool.executor(width: threads))
    let torch =
      wholeRequest ? nil : TorchPeer(python: python, script: peer, threads: threads)
    var figures = Figures("dualize")
    figures.note("kernels of OpenBLAS: \(OpenBLAS.coreName)")
    if torch == nil { figures.note("torch was not measured: no Python with torch, or no script") }
    for shape in wholeRequest ? [] : shapes {
      let sides = shape.split(separator: "x").compactMap { Int($0) }
      guard sides.count == 2, sides.allSatisfy({ $0 > 1 }) else {
        throw ValidationError("--shapes: \(shape) is no shape")
      }
      try measure(sides[0], sides[1], torch, context, &figures)
    }
    if !wholeRequest {
      try measureCondition(torch, context, &figures)
      try measureGramForm(torch, context, &figures)
      try measureBatch(torch, context, &figures)
    }
    try measureRequest(&figures)
    figures.note(
      "\(options.rounds) rounds, \(threads) threads each; singular values log-spaced to 1e-3")
    try figures.report(options)
  }

  // MARK: Shapes

  private func measure(
    _ rows: Int, _ columns: Int, _ torch: TorchPeer?, _ context: ComputeContext,
    _ figures: inout Figures
  ) throws {
    let given = Self.matrix(rows, columns, condition: 1e3)
    let wanted = try Self.exact(given)
    var contenders: [(name: String, measure: () throws -> Sample)] = []
    for (name, precision) in [("exact", PolarSettings.Precision.exact), ("fast", .fast)] {
      var settings = PolarSettings()
      settings.precision = precision
      contenders.append((name, { try Self.sample(given, wanted, settings, context) }))
    }
    if let torch {
      for method in ["svd", "ns5"] + (muon ? ["muon"] : []) {
        contenders.append(
          (
            method,
            {
              let answer = try torch.measure(method, rows, columns, condition: 1e3)
              return Sample(seconds: answer.seconds, error: answer.error)
            }
          ))
      }
    }
    // A first round warms caches, pages and the peer's own input.
    for contender in contenders where contender.name != "muon" { _ = try contender.measure() }
    let results = try Interleaved.samples(rounds: options.rounds, of: contenders)
    let shape = "\(rows)x\(columns)"
    var seconds: [String: [Double]] = [:]
    for (name, samples) in results {
      seconds[name] = samples.map(\.seconds)
      figures.add("\(shape)_\(name)_ms", 1e3 * samples.map(\.seconds).median, "ms")
      figures.add("\(shape)_\(name)_error", samples.map(\.error).median, "")
    }
    for (own, other) in [("exact", "svd"), ("exact", "ns5"), ("fast", "ns5"), ("exact", "muon")] {
      guard let ours = seconds[own], let theirs = seconds[other] else { continue }
      figures.add(
        "\(shape)_\(own)_vs_\(other)", zip(theirs, ours).map { $0 / $1 }.median, "×")
    }
  }

  /// Condition 1e6: how much nearer to the truth than a float32 SVD.
  private func measureCondition(
    _ torch: TorchPeer?, _ context: ComputeContext, _ figures: inout Figures
  ) throws {
    let given = Self.matrix(512, 512, condition: 1e6)
    let own = try Self.sample(given, Self.exact(given), PolarSettings(), context)
    figures.add("512x512_condition_1e6_error", own.error, "")
    guard let torch else { return }
    let theirs = try torch.measure("svd", 512, 512, condition: 1e6)
    figures.add("512x512_condition_1e6_svd_error", theirs.error, "")
    figures.add("512x512_condition_1e6_vs_svd", theirs.error / own.error, "×")
  }

  /// The same five Newton-Schulz steps in the Gram form against torch's plain loop.
  private func measureGramForm(
    _ torch: TorchPeer?, _ context: ComputeContext, _ figures: inout Figures
  ) throws {
    let given = Self.matrix(512, 2048, condition: 1e3)
    var settings = PolarSettings()
    settings.method = .newtonSchulz
    settings.schedule = .jordan
    settings.precision = .fast
    settings.verification = .none
    let plain = try PolarSolver(settings).polar(of: given, in: context).matrix
    settings.form = .gram
    let difference = try Self.sample(
      given, Matrix<Double>(converting: plain), settings, context
    ).error
    figures.add("512x2048_gram_form_difference", difference, "")
    guard let torch else { return }
    let results = try Interleaved.samples(
      rounds: options.rounds,
      of: [
        ("gram", { try Self.sample(given, nil, settings, context).seconds }),
        ("ns5", { try torch.measure("ns5", 512, 2048, condition: 1e3).seconds }),
      ])
    figures.add("512x2048_gram_form_ms", 1e3 * results[0].samples.median, "ms")
    figures.add(
      "512x2048_gram_form_vs_ns5",
      zip(results[1].samples, results[0].samples).map { $0 / $1 }.median, "×")
  }

  /// 256 matrices of 128 × 128 in one computation.
  private func measureBatch(
    _ torch: TorchPeer?, _ context: ComputeContext, _ figures: inout Figures
  ) throws {
    let items = try (0..<256).map { index in
      var generator = RandomGenerator(seed: 3, stream: UInt64(index))
      let values = generator.normals(128 * 128).map { Float($0) }
      return BatchDualizer.Item(
        name: "\(index)", atom: try Atom(.linear),
        gradient: .single(try LayerArray(shape: [128, 128], elements: values)))
    }
    var contenders: [(name: String, measure: () throws -> Double)] = [
      (
        "batch",
        { try Interleaved.seconds { _ = try BatchDualizer().dualize(items, in: context) } }
      )
    ]
    if let torch {
      contenders.append(
        ("svd", { try torch.measure("batch", 128, 256, condition: 1).seconds }))
    }
    for contender in contenders { _ = try contender.measure() }
    let results = try Interleaved.samples(rounds: options.rounds, of: contenders)
    figures.add("256_of_128x128_ms", 1e3 * results[0].samples.median, "ms")
    guard results.count == 2 else { return }
    figures.add("256_of_128x128_svd_ms", 1e3 * results[1].samples.median, "ms")
    figures.add(
      "256_of_128x128_vs_svd",
      zip(results[1].samples, results[0].samples).map { $0 / $1 }.median, "×")
  }

  /// A real gradient file in and its updates out, against the sum of its computations: by the clock,
  /// and by processor time, which other work on the machine does not change. Each measurement begins
  /// when the service is at rest: what it still stores behind an answer is a figure of its own.
  private func measureRequest(_ figures: inout Figures) throws {
    let shipped = "deploy/examples/minilm-grads-small.safetensors"
    let path = FileText.read(gradients) == nil ? shipped : gradients
    let folder = try BenchFolder()
    let whole = try WholeRequest(file: path, program: program.matquay, data: folder.path)
    // As nice as the service's workers.
    let pool = ComputePool(threads: threads)
    defer { pool.shutdown() }
    let context = ComputeContext(executor: pool.executor(width: threads))
    let contenders: [(name: String, measure: () throws -> WholeRequest.Sample)] = [
      ("request", { try whole.request() }), ("computation", { try whole.computation(context) }),
      ("fresh", { try whole.request(isFresh: true) }),
    ]
    for contender in contenders { _ = try contender.measure() }
    // Single requests are short: more rounds than the matrices get.
    let results = try Interleaved.samples(rounds: 10 * options.rounds, of: contenders)
    let (request, computation) = (results[0].samples, results[1].samples)
    figures.add("request_ms", 1e3 * request.map(\.seconds).median, "ms")
    figures.add("request_computation_ms", 1e3 * computation.map(\.seconds).median, "ms")
    figures.add(
      "request_vs_computation", zip(request, computation).map { $0.seconds / $1.seconds }.median,
      "×")
    let used = [request, computation].map { $0.reduce(0) { $0 + $1.processorSeconds } }
    figures.add("request_processor_vs_computation", used[0] / used[1], "×")
    figures.add(
      "request_storing_processor_ms", 1e3 * request.map(\.laterProcessorSeconds).median, "ms")
    // The input is new as well: it is made durable before its job is.
    figures.add(
      "fresh_request_vs_computation",
      zip(results[2].samples, computation).map { $0.seconds / $1.seconds }.median, "×")
    figures.note("the request's file: \(path.split(separator: "/").last ?? "")")
  }

  // MARK: Inputs and samples

  private static func sample(
    _ given: Matrix<Float>, _ wanted: Matrix<Double>?, _ settings: PolarSettings,
    _ context: ComputeContext
  ) throws -> Sample {
    let solver = try PolarSolver(settings)
    var factor = given
    let seconds = try Interleaved.seconds {
      factor = try solver.polar(of: given, in: context).matrix
    }
    guard let wanted else { return Sample(seconds: seconds, error: .nan) }
    let difference = Matrix<Double>(converting: factor) - wanted
    return Sample(seconds: seconds, error: difference.frobeniusNorm / wanted.frobeniusNorm)
  }

  private static func exact(_ given: Matrix<Float>) throws -> Matrix<Double> {
    let svd = try SVD(Matrix<Double>(converting: given))
    return svd.u.times(svd.vTransposed)
  }

  /// float32 with singular values falling evenly on a logarithmic scale.
  private static func matrix(_ rows: Int, _ columns: Int, condition: Double) -> Matrix<Float> {
    let (small, large) = (min(rows, columns), max(rows, columns))
    var generator = RandomGenerator(seed: 7, stream: 0)
    var left = QR(
      Matrix<Double>(rows: small, columns: small, elements: generator.normals(small * small))
    ).q
    let right = QR(
      Matrix<Double>(rows: large, columns: small, elements: generator.normals(large * small))
    ).q
    left.scaleColumns(by: (0..<small).map { pow(condition, -Double($0) / Double(small - 1)) })
    let whole = left.timesTransposed(right)
    return Matrix<Float>(converting: rows <= columns ? whole : whole.transposed())
  }
}
