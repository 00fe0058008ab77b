/// A policy whose cache can be looked into, and which can forget pages: what a session runs and
/// `SwitchedPolicy` can follow.
protocol ExpertPolicy: OnlinePolicy {
  func isPresent(_ page: Int) -> Bool
  /// Nothing of the page is in any cache, not even in part.
  func isForgettable(_ page: Int) -> Bool
  /// Forgets all it knows of a forgettable page; its index becomes that of a new page.
  mutating func renewPage(_ page: Int, weight: Double?)
}

extension ExpertPolicy {
  func isForgettable(_ page: Int) -> Bool { !isPresent(page) }
  mutating func renewPage(_ page: Int, weight: Double?) {}
}

extension PagingEngine: ExpertPolicy {}
extension PriorityPolicy: ExpertPolicy {}
extension RecencyPolicy: ExpertPolicy {}
extension MarkingPolicy: ExpertPolicy {}
