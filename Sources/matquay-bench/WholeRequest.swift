import Compute
import Dualization
import Glibc
import Tensors

/// A gradient file dualized by `matquay serve`, from the first byte sent to the last one received,
/// against the dualization alone of the same tensors in this process on as many threads.
final class WholeRequest {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  struct Sample {
    var seconds: Double
    var processorSeconds: Double
    /// Of the service once it had answered, until it was at rest.
    var laterProcessorSeconds = 0.0
  }

  private var file: [UInt8]
  /// Where the file's first number begins.
  private let firstNumber: Int
  private let items: [BatchDualizer.Item]
  private let service: ServiceProcess
  private let client: BulkClient
  /// Where answers are received: memory that is there, as a client has that asks more than once.
  private var received: [UInt8] = []
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
    guard let port = service.url.split(separator: ":").last.flatMap({ Int($0) }),
      let client = BulkClient(port: port)
    else { throw Failure(description: "\(service.url): no connection") }
    guard let end = Safetensors.headerEnd(Array(bytes.prefix(8))), end < bytes.count else {
      throw Failure(description: "\(path): no tensors")
    }
    file = bytes
    firstNumber = end
    self.service = service
    self.client = client
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
  ///
  /// - Parameter isFresh: with numbers never sent before, so that the service has to store them, too.
  func request(isFresh: Bool = false) throws -> Sample {
    // The last bits of the first float32: other bytes, the same work.
    if isFresh { file[firstNumber] &+= 1 }
    let head =
      "POST /v1/algorithms/dualize/execution?rules=\(Self.rules) HTTP/1.1\r\n"
      + "Content-Type: application/vnd.safetensors\r\nAccept: application/vnd.safetensors\r\n"
      + "Cache-Control: no-cache\r\nContent-Length: \(file.count)"
    var length: Int?
    let before = service.process.processorSeconds
    let seconds = Interleaved.seconds {
      length = client.exchange(head, body: file, into: &received)
    }
    let answered = service.process.processorSeconds
    guard length != nil else { throw Failure(description: "dualize: no result") }
    return Sample(
      seconds: seconds, processorSeconds: answered - before,
      laterProcessorSeconds: rest() - answered)
  }

  /// Waits until the service has stored what it answered, so that nothing of one measurement falls
  /// into the next: until it has hardly computed for 20 ms, half a second at most.
  ///
  /// - Returns: the processor time that it has used.
  private func rest() -> Double {
    var used = service.process.processorSeconds
    for _ in 0..<25 {
      Pause.milliseconds(20)
      let now = service.process.processorSeconds
      if now - used < 0.000_3 { return now }
      used = now
    }
    return used
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
