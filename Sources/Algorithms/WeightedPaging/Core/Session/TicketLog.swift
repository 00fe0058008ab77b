/// Tickets issued: whose cost each is, and what was reported. The last 2^20 are kept.
struct TicketLog: Sendable, Equatable {
  /// Tickets kept; older ones have expired.
  static let kept = 1 << 20

  /// Number of the next ticket.
  private(set) var next = 0
  /// Page and reported cost (NaN: none yet) of ticket t at t mod `kept`.
  private var pages: [Int32] = []
  private var costs: [Double] = []

  enum Entry {
    case unknown
    case open(page: Int)
    case reported(cost: Double)
  }

  subscript(ticket: Int) -> Entry {
    guard ticket >= 0, ticket < next, ticket >= next - Self.kept else { return .unknown }
    let slot = ticket % Self.kept
    return costs[slot].isNaN ? .open(page: Int(pages[slot])) : .reported(cost: costs[slot])
  }

  mutating func issue(page: Int) -> Int {
    let id = Int32(truncatingIfNeeded: page)
    if next < Self.kept {
      pages.append(id)
      costs.append(.nan)
    } else {
      pages[next % Self.kept] = id
      costs[next % Self.kept] = .nan
    }
    next += 1
    return next - 1
  }

  mutating func note(_ cost: Double, ticket: Int) { costs[ticket % Self.kept] = cost }

  static func == (a: Self, b: Self) -> Bool {
    a.next == b.next && a.pages == b.pages
      && a.costs.map(\.bitPattern) == b.costs.map(\.bitPattern)
  }

  func write(to writer: inout SnapshotWriter) {
    writer.int(next)
    writer.list(pages)
    writer.list(costs)
  }

  init() {}

  init(from reader: inout SnapshotReader, pages count: Int) throws(PagingSnapshotError) {
    next = try reader.int(in: 0...(1 << 60), "the next ticket")
    pages = try reader.list(Int32.self)
    costs = try reader.doubles()
    guard pages.count == min(next, Self.kept), costs.count == pages.count,
      pages.allSatisfy({ $0 >= 0 && $0 < count }),
      costs.allSatisfy({ $0.isNaN || ($0 > 0 && $0.isFinite) })
    else { throw .damaged("tickets") }
  }
}
