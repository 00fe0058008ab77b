/// A request sequence over pages numbered 0, 1, 2, … by first appearance.
public struct PagingTrace: Sendable, Equatable {
  /// One dense page index a request.
  public let requests: [Int32]
  /// The caller's number of each dense page; for names, the order of first appearance again.
  public let numbers: [Int64]

  public var pageCount: Int { numbers.count }

  /// A trace of page numbers of any kind and size. O(requests) expected.
  public init(numbers: [Int64]) {
    self.init(keys: numbers, number: { key, _ in key })
  }

  /// A trace of page names.
  public init(names: [String]) {
    self.init(keys: names, number: { _, index in Int64(index) })
  }

  private init<Key: Hashable>(keys: [Key], number: (Key, Int) -> Int64) {
    var index: [Key: Int32] = [:]
    var requests: [Int32] = []
    requests.reserveCapacity(keys.count)
    var numbers: [Int64] = []
    for key in keys {
      if let page = index[key] {
        requests.append(page)
      } else {
        let page = Int32(truncatingIfNeeded: numbers.count)
        index[key] = page
        numbers.append(number(key, numbers.count))
        requests.append(page)
      }
    }
    self.requests = requests
    self.numbers = numbers
  }
}
