import HTTPClient
import JSON

/// A client of one paging session: sends batches, measures what it was told to fetch, reports it
/// with the next batch. What it sends is a function of the requests and of the answers before.
struct SessionDriver {
  /// The pages, over and over.
  let requests: [Int64]
  let batch: Int
  private(set) var next = 0
  private var samples: [(ticket: Int, cost: Double)] = []

  init(requests: [Int64], batch: Int) {
    self.requests = requests
    self.batch = batch
  }

  /// The body of the next batch.
  func body() -> [UInt8] {
    var writer = JSONWriter(capacity: 32 + 8 * batch + 40 * samples.count)
    writer.beginObject()
    writer.member("seq", .integer(Int64(next)))
    writer.key("pages")
    writer.beginArray()
    for i in 0..<batch { writer.integer(requests[(next + i) % requests.count]) }
    writer.endArray()
    writer.key("samples")
    writer.beginArray()
    for (ticket, cost) in samples {
      writer.beginObject()
      writer.key("ticket")
      writer.integer(ticket)
      writer.key("cost")
      writer.number(cost)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.finish()
  }

  /// Takes the answer to the last body in. False where it is none.
  mutating func take(_ answer: [UInt8]) -> Bool {
    guard let document = try? JSONDocument.parse(answer),
      let next = document.root["next"]?.integerValue,
      let decisions = document.root["decisions"]
    else { return false }
    samples = []
    for decision in decisions.elements() {
      guard let ticket = decision["ticket"]?.integerValue,
        let page = decision["page"]?.integerValue
      else { continue }
      samples.append((Int(ticket), Self.cost(page: page, ticket: ticket)))
    }
    self.next = Int(next)
    return true
  }

  /// Bernoulli with the mean of the shared traces' weight formula; the coin is the ticket's hash.
  private static func cost(page: Int64, ticket: Int64) -> Double {
    let mixed = UInt32(truncatingIfNeeded: page) &* 2_654_435_761
    let weight = 0.01 + 0.99 * (Double(mixed) / 0x1p32)
    var hash = UInt64(bitPattern: ticket) &+ 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((hash ^ hash >> 31) >> 11) * 0x1p-53 < weight ? 1 : 1e-9
  }
}

extension BlockingClient {
  /// Sends JSON; the answer's bytes, or nil where there is none.
  func post(_ url: String, _ body: [UInt8]) -> ClientReply? {
    try? send(
      ClientRequest("POST", url, fields: [("Content-Type", "application/json")], body: .bytes(body))
    )
  }

  /// Opens a session; its path.
  func openSession(_ service: String, _ configuration: JSONValue) -> String? {
    guard let reply = post(service + "/v1/paging/sessions", configuration.serialized()),
      reply.status == 201, let location = reply["Location"]
    else { return nil }
    return location
  }
}
