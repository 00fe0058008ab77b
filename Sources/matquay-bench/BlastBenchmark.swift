import ArgumentParser
import BlockCompression
import Compute
import Glibc
import LinearAlgebra
import Tensors

/// BLAST: products against dense ones, and the fit of real weights against the authors' iteration.
struct BlastBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blast",
    abstract: "Structured products against dense ones; fits against the authors' iteration.")

  @OptionGroup var options: BenchOptions

  @Option(help: "Threads of either side of a fit.")
  var threads = 2

  @Option(help: "The Python with torch.")
  var python = "python3"

  @Option(help: "The peer's script.")
  var peer = "deploy/peers/blast/torch_peer.py"

  @Option(help: "A safetensors file of float32 matrices to fit; none: products only.")
  var weights: String?

  @Option(help: "Blocks a side of the fits.")
  var blocks = [4, 16]

  @Option(help: "Only matrices whose names hold this; repeatable; none: all.")
  var layer: [String] = []

  @Option(help: "Sides of the products.")
  var sizes = [384, 1024, 4096]

  func run() throws {
    var figures = Figures("blast")
    for size in sizes {
      for b in [4, 16] {
        for batch in [1, 64] { try measureProduct(size, b, batch, &figures) }
      }
    }
    if let weights { try measureFits(weights, &figures) }
    figures.note("products on one thread at keep 0.5, float32; \(options.rounds) rounds")
    try figures.report(options)
  }

  // MARK: Products

  /// OpenBLAS's dense product, as numpy calls it; ours is measured beside it.
  private func library(_ dense: Matrix<Float>, _ x: Matrix<Float>) {
    if x.columns == 1 {
      _ = dense.times(x.elements)
      return
    }
    _ = Matrix<Float>(
      rows: dense.rows, columns: x.columns,
      unsafeUninitialized: { buffer in
        guard let base = buffer.baseAddress else { return }
        let result = MutableMatrixView(
          base: base, rows: dense.rows, columns: x.columns, stride: x.columns)
        dense.withView { a in x.withView { b in libraryProduct(a, b, 1, 0, result) } }
      })
  }

  private func measureProduct(
    _ size: Int, _ b: Int, _ batch: Int, _ figures: inout Figures
  ) throws {
    let grid = try BlockGrid(rows: size, columns: size, blockRows: b, blockColumns: b)
    let rank = try Budget.keep(0.5).rank(on: grid) ?? 1
    var generator = RandomGenerator(seed: 1, stream: UInt64(size))
    func noise(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      Matrix(rows: rows, columns: columns) { _, _ in Float(generator.normal()) }
    }
    let factors = BlockFactors(
      grid: grid, u: noise(size, rank), s: noise(b * b, rank), v: noise(size, rank))
    let dense = noise(size, size)
    let x = noise(size, batch)
    // About 50 ms a sample.
    let repeats = max(1, 400_000_000 / (size * size * batch))
    let results = try Interleaved.samples(
      rounds: options.rounds * 3,
      of: [
        (
          "blast",
          { Interleaved.seconds { for _ in 0..<repeats { _ = factors.times(x) } } }
        ),
        ("dense", { Interleaved.seconds { for _ in 0..<repeats { library(dense, x) } } }),
        (
          "own_dense",
          {
            Interleaved.seconds {
              for _ in 0..<repeats {
                if batch == 1 { _ = dense.times(x.elements) } else { _ = dense.times(x) }
              }
            }
          }
        ),
      ])
    let name = "product_\(size)_b\(b)_batch\(batch)"
    for result in results {
      let each = result.samples.median / Double(repeats)
      figures.add("\(name)_\(result.name)_us", each * 1e6, "µs")
    }
    for peer in results.dropFirst() {
      let ratios = zip(peer.samples, results[0].samples).map { $0 / $1 }
      figures.add("\(name)_vs_\(peer.name)", ratios.median, "×")
    }
  }

  // MARK: Fits

  private func measureFits(_ path: String, _ figures: inout Figures) throws {
    guard let bytes = FileText.read(path) else {
      throw ValidationError("--weights: \(path) cannot be read")
    }
    let tensors = try Safetensors.read(SharedBytes(bytes)).tensors
    let pool = ComputePool(threads: threads, niceness: 0)
    defer { pool.shutdown() }
    let context = ComputeContext(executor: pool.executor(width: threads))
    let file = "/tmp/matquay-bench-\(getpid())-matrix"
    defer { unlink(file) }
    for (name, tensor) in tensors where tensor.shape.count == 2 {
      guard layer.isEmpty || layer.contains(where: name.contains) else { continue }
      let matrix = Matrix(
        rows: tensor.shape[0], columns: tensor.shape[1], elements: tensor.float32Values())
      guard tensor.withRowMajorBytes({ Self.write($0, to: file) }) else { continue }
      for b in blocks {
        try measureFit(name, matrix, b, file, context, &figures)
      }
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) -> Bool {
    guard let file = fopen(path, "wb") else { return false }
    defer { fclose(file) }
    return fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count
  }

  /// The time to the error that the peer's 300 iterations end with, as a share of their time.
  private func measureFit(
    _ name: String, _ matrix: Matrix<Float>, _ b: Int, _ file: String, _ context: ComputeContext,
    _ figures: inout Figures
  ) throws {
    let grid = try BlockGrid(
      rows: matrix.rows, columns: matrix.columns, blockRows: b, blockColumns: b)
    let rank = try Budget.keep(0.5).rank(on: grid) ?? 1
    var shares: [Double] = []
    var error = Double.nan
    for _ in 0..<options.rounds {
      guard
        let process = ChildProcess.start([
          python, peer, file, "\(matrix.rows)", "\(matrix.columns)", "\(b)", "\(rank)",
          "\(threads)",
        ]), let words = process.line()?.split(separator: " ").compactMap({ Double($0) }),
        words.count == 2
      else {
        figures.note("torch was not measured: no Python with torch, or no script")
        return
      }
      // Its threads spin and its interpreter is taken down for a while after its answer.
      _ = process.finish()
      error = words[1]
      let seconds = try Interleaved.seconds {
        let start = try FactorStarts.leadingTriplets(
          matrix, grid: grid, rank: rank, in: context)
        var solver = SolverOptions()
        solver.targetError = error
        solver.tolerance = 0
        _ = try AlternatingLeastSquares<Float>(options: solver).solve(
          matrix, from: start, in: context)
      }
      shares.append(seconds / words[0])
    }
    figures.add("fit_\(name)_b\(b)_share_of_peer_time", shares.median, "×")
    figures.add("fit_\(name)_b\(b)_peer_error", error, "")
  }
}
