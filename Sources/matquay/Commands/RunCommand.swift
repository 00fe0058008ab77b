import AlgorithmInterface
import ArgumentParser
import Compute
import Dispatch
import JSON
import LinearAlgebra
import Service
import Settings
import Tensors

/// Runs an algorithm in this process: the code of the service without the service.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an algorithm on a file without a service.",
    discussion: """
      The file is .npy, .npz, .safetensors, a request document .json, or text (gzipped or not) for \
      a trace; its first bytes tell which. With -o the outputs go to that file in the form of its \
      ending (.safetensors, .npz, .npy for a single output, .json) and the report to standard \
      output; without it everything goes to standard output as JSON, or as a table where the \
      report is a list of results (paging; --json for JSON).
      """)

  @Argument(help: "Algorithm id, such as dualize.")
  var algorithm: String

  @Argument(help: "The inputs.")
  var file: String

  @Option(name: [.long, .short], help: "Where the outputs go.")
  var output: String?

  @Flag(help: "Print JSON also where the results are a table.")
  var json = false

  @OptionGroup var options: RequestOptions

  @Option(help: "Threads that compute; the result does not depend on it. Default: the cores.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1_024).contains(threads) {
      throw ValidationError("--threads: expected 1 to 1024")
    }
    if let output, TensorPath.mediaType(output) == nil || output.hasSuffix(".txt") {
      throw ValidationError("\(output): expected .safetensors, .npz, .npy or .json")
    }
  }

  func run() throws {
    let catalogue = Catalogue.standard(processor: OpenBLAS.coreName)
    let chosen = try AlgorithmsCommand.find(algorithm, in: catalogue)
    let request = try LocalRequest.read(file, for: chosen, options)
    let result = try Self.compute(
      chosen, request, threads: threads ?? MachineResources.current().cores)
    let writer = LocalResult(algorithm: chosen.description, result: result)
    if let output {
      try TensorPath.write(writer.bytes(as: output), to: output)
      Terminal.write(JSONValue.object(result.report).serializedText() + "\n")
    } else if !json, let table = ResultTable(result.report) {
      Terminal.write(table.text)
    } else {
      Terminal.write(writer.json(), to: 1)
      Terminal.write("\n")
    }
  }

  /// Prepares and runs on a pool of its own.
  private static func compute(
    _ algorithm: any Algorithm, _ request: AlgorithmRequest, threads: Int
  ) throws -> AlgorithmResult {
    let prepared: any PreparedComputation
    do throws(RequestRejection) {
      prepared = try algorithm.prepare(request)
    } catch {
      for issue in error.issues { Terminal.complain("\(issue.pointer): \(issue.detail)") }
      throw ProgramExit.failure
    }
    let pool = ComputePool(threads: threads, niceness: 0)
    defer { pool.shutdown() }
    let context = ComputeContext(seed: request.seed, executor: pool.executor(width: threads))
    do throws(AlgorithmFailure) {
      return try prepared.run(context)
    } catch {
      switch error {
      case .stopped(let stopped): Terminal.complain("stopped: \(stopped.reason.rawValue)")
      case .numerical(let code, let detail, let pointer):
        Terminal.complain("\(code): \(detail)" + (pointer.map { " (\($0))" } ?? ""))
      }
      throw ProgramExit.failure
    }
  }
}
