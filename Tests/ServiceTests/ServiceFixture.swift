import AlgorithmInterface
import Compute
import Dispatch
import FoundationEssentials
import HTTP
import HTTPTypes
import JSON
import Jobs
import Logging
import Observability
import Service
import Settings

/// A whole service without sockets: a real engine over SQLite in a temporary folder.
final class ServiceFixture: Sendable {
  let algorithm: DoublingAlgorithm
  let service: MatquayService
  let engine: JobEngine
  let client: MemoryExchange
  let metrics: MetricsRegistry
  let keys: KeyRing
  private let pool: ComputePool
  private let folder: URL

  init(
    keys: [AccessKey] = [], numericsVersion: Int = 1, maximumQueued: Int = 100,
    isProduct: Bool = false, clock: any JobClock = SystemClock(),
    configure: (inout ServiceSettings) -> Void = { _ in },
    parts change: (inout ServiceParts) -> Void = { _ in }
  ) throws {
    var algorithm = DoublingAlgorithm()
    algorithm.numericsVersion = numericsVersion
    self.algorithm = algorithm
    folder = FileManager.default.temporaryDirectory.appending(path: "matquay-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let catalogue =
      isProduct
      ? Catalogue.standard(processor: "test") : Catalogue([algorithm], processor: "test")
    var settings = ServiceSettings()
    configure(&settings)
    metrics = MetricsRegistry()
    pool = ComputePool(threads: 2, niceness: 0)
    let queue = DispatchQueue(label: "service-tests", attributes: .concurrent)
    var configuration = JobConfiguration(
      algorithms: catalogue.ids, workers: 2, memoryBytes: 1 << 30
    ) { work in queue.async { work() } }
    configuration.problem = ComputationRunner.problem
    configuration.finished = JobMetrics(metrics).record
    configuration.maximumQueued = maximumQueued
    engine = JobEngine(
      store: try SQLiteStore(directory: folder.path, durability: .normal),
      blobs: try BlobStore(path: folder.path, clock: clock),
      cache: ResultCache(capacity: 1 << 24),
      runner: ComputationRunner(
        catalogue: catalogue, isolatesOwners: settings.cache.scope == .key), pool: pool,
      configuration: configuration,
      clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try engine.start()
    self.keys = KeyRing(keys)
    var parts = ServiceParts(
      catalogue: catalogue, settings: settings, engine: engine, metrics: metrics,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock,
      keys: self.keys)
    change(&parts)
    service = MatquayService(parts)
    client = MemoryExchange(service)
  }

  deinit {
    algorithm.gate.open()
    engine.drain(milliseconds: 2000)
    pool.shutdown()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Another service over the same engine, with nothing in memory: as after a restart.
  func secondService() -> MatquayService {
    MatquayService(
      ServiceParts(
        catalogue: Catalogue([algorithm], processor: "test"), settings: ServiceSettings(),
        engine: engine, metrics: MetricsRegistry(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
  }

  func get(_ target: String, _ fields: HTTPFields = [:]) async -> CollectedResponse {
    await client.send(.get, target, fields: fields)
  }

  func post(
    _ target: String, _ body: JSONValue? = nil, _ fields: HTTPFields = [:]
  ) async -> CollectedResponse {
    var all = fields
    if body != nil { all[.contentType] = "application/json" }
    return await client.send(.post, target, fields: all, body: body?.serialized() ?? [])
  }

  /// Runs the algorithm on a JSON body.
  func execute(
    _ body: JSONValue, _ fields: HTTPFields = [:], query: String = ""
  ) async -> CollectedResponse {
    await post("/v1/algorithms/double/execution\(query)", body, fields)
  }

  /// Sends a body of any type.
  func execute(
    _ type: String, _ body: [UInt8], query: String = "", _ fields: HTTPFields = [:]
  ) async -> CollectedResponse {
    var fields = fields
    fields[.contentType] = type
    return await client.send(
      .post, "/v1/algorithms/double/execution\(query)", fields: fields, body: body)
  }

  /// The id of the first job there is, waiting until there is one.
  func firstJob() async -> String? {
    let stream = client.start(
      .get, "/v1/events", fields: [.named("Last-Event-ID"): "0"])
    defer { stream.disconnect() }
    var text = ""
    while true {
      let bytes = await stream.body(first: text.utf8.count + 1)
      guard bytes.count > text.utf8.count else { return nil }
      text = String(decoding: bytes, as: UTF8.self)
      let data = text.split(separator: "\n").first { $0.hasPrefix("data: ") && $0.hasSuffix("}") }
      if let data, let job = try? JSONValue.parse(String(data.dropFirst(6))) {
        return job["id"]?.stringValue
      }
    }
  }

  /// Asks for a job until it is over, each time waiting for a change.
  func finish(_ id: String, _ fields: HTTPFields = [:]) async -> JSONValue {
    var fields = fields
    fields[.prefer] = "wait=20"
    while true {
      let response = await get("/v1/jobs/\(id)", fields)
      if response.status == .notModified { continue }
      let job = response.json
      if !["queued", "running"].contains(job["state"]?.stringValue ?? "gone") { return job }
      fields[.ifNoneMatch] = response.fields[.eTag]
    }
  }
}

extension CollectedResponse {
  /// The body as JSON; null where it is none.
  var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }

  /// NAME of a problem document's type.
  var problem: String? {
    guard fields[.contentType] == "application/problem+json" else { return nil }
    return json["type"]?.stringValue.map { String($0.dropFirst("/problems/".count)) }
  }

  /// The pointer of the first error.
  var pointer: String? { json["errors"]?[0]?["pointer"]?.stringValue }
}

extension JSONValue {
  /// A flat list of numbers, however each is written.
  var doubles: [Double]? {
    guard let values = arrayValue else { return nil }
    let numbers = values.compactMap(\.doubleValue)
    return numbers.count == values.count ? numbers : nil
  }
}
