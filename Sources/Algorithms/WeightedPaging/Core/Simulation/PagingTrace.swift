public import Compute

/// A request sequence over pages numbered 0, 1, 2, … by first appearance.
public struct PagingTrace: Sendable, Equatable {
  /// One dense page index a request.
  public let requests: [Int32]
  /// The caller's number of each dense page.
  public let numbers: [Int64]

  public var pageCount: Int { numbers.count }

  /// A trace of page numbers of any kind and size. O(requests) expected.
  public init(numbers pages: [Int64]) {
    var maker = Maker(count: pages.count)
    for number in pages { maker.add(number) }
    self.init(maker)
  }

  /// The same, asking the context every few milliseconds.
  public init(numbers pages: [Int64], context: ComputeContext) throws(ComputationStopped) {
    var maker = Maker(count: pages.count)
    for (i, number) in pages.enumerated() {
      if i % (1 << 16) == 0 { try context.checkpoint() }
      maker.add(number)
    }
    self.init(maker)
  }

  private init(_ maker: Maker) {
    requests = maker.requests
    numbers = maker.numbers
  }

  /// Numbers pages by first appearance.
  private struct Maker {
    private var index: [Int64: Int32] = [:]
    var requests: [Int32] = []
    var numbers: [Int64] = []

    init(count: Int) { requests.reserveCapacity(count) }

    mutating func add(_ number: Int64) {
      let next = Int32(truncatingIfNeeded: numbers.count)
      let page = index[number] ?? next
      if page == next {
        index[number] = next
        numbers.append(number)
      }
      requests.append(page)
    }
  }
}
