import Compute
import Dualization
import Glibc
import HTTPClient
import Tensors

/// A gradient file dualized by `matquay serve`, from the first byte sent to the last one received,
/// against the dualization alone of the same tensors in this process on as many threads.
struct WholeRequest {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  struct Sample {
    var seconds: Double
    var processorSeconds: Double
  }

  private let file: [UInt8]
  private let items: [BatchDualizer.Item]
  private let service: ServiceProcess
  private let client = BlockingClient()
  /// Says what the file's own layers are beyond what their shapes say.
  private static let rules =
    "%5B%7B%22match%22:%22embeddings.*%22,%22layer%22:%22embed%22,"
    + "%22layout%22:%22rows%22%7D%5D"

  /// - Parameters:
  ///   - program: the service's program.
  ///   - data: a folder for the service.
  init(file path: String, program: String, data: String) throws {
    guard let bytes = FileText.read(path) else { throw Failure(description: "\(path): no file") }
    guard let service = ServiceProcess(program: program, data: data) else {
      throw Failure(description: "matquay serve did not start")
    }
    file = bytes
    self.service = service
    var items: [BatchDualizer.Item] = []
    for (name, tensor) in try Safetensors.read(SharedBytes(bytes)).tensors
    where tensor.elementType.isFloating {
      let isEmbedding = name.hasPrefix("embeddings.")
      guard let layer = isEmbedding ? .embed(.rows) : Layer(rank: tensor.shape.count) else {
        continue
      }
      let array = try LayerArray(shape: tensor.shape, elements: tensor.float32Values())
      items.append(
        BatchDualizer.Item(name: name, atom: try Atom(layer), gradient: .single(array)))
    }
    self.items = items
  }

  /// A request that finds nothing computed before.
  func request() throws -> Sample {
    var reply: ClientReply?
    let before = service.process.processorSeconds
    let seconds = try Interleaved.seconds {
      reply = try client.send(
        ClientRequest(
          "POST", service.url + "/v1/algorithms/dualize/execution?rules=" + Self.rules,
          fields: [
            ("Content-Type", "application/vnd.safetensors"),
            ("Accept", "application/vnd.safetensors"), ("Cache-Control", "no-cache"),
          ], body: .bytes(file)))
    }
    guard let reply, reply.status == 200 else {
      throw Failure(description: "dualize: \(reply?.text ?? "no answer")")
    }
    return Sample(
      seconds: seconds, processorSeconds: service.process.processorSeconds - before)
  }

  /// The computations alone.
  func computation(_ context: ComputeContext) throws -> Sample {
    let before = Self.processorSeconds
    let seconds = try Interleaved.seconds {
      _ = try BatchDualizer().dualize(items, in: context)
    }
    return Sample(seconds: seconds, processorSeconds: Self.processorSeconds - before)
  }

  /// Of this process so far.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
