import HTTPTypes
import Observability
import Synchronization

/// The figures of one route, found once and then counted on: asking the registry, or a dictionary
/// with a key of strings, costs more than the counting.
final class RouteTally: Sendable {
  /// Metrics of one method and status.
  struct Handles {
    var requests: MetricCounter
    var seconds: MetricHistogram
  }

  /// A route has a handful of methods and statuses: searching them in order is quickest.
  private struct Entry {
    var method: String
    var status: Int
    var handles: Handles
  }

  /// The pattern of the route, which is its name in metrics and logs.
  let pattern: String
  private let entries = Mutex<[Entry]>([])

  init(_ pattern: String) {
    self.pattern = pattern
  }

  /// The handles for a method and a status; `make` gives them the first time.
  func handles(_ method: String, _ status: Int, _ make: () -> Handles) -> Handles {
    entries.withLock { entries in
      for index in entries.indices
      where entries[index].status == status && entries[index].method == method {
        return entries[index].handles
      }
      let handles = make()
      entries.append(Entry(method: method, status: status, handles: handles))
      return handles
    }
  }
}

/// A route where the router has it: one reference, since a route is large to copy.
final class PlacedRoute: Sendable {
  let route: Route
  let tally: RouteTally

  init(_ route: Route, _ tally: RouteTally? = nil) {
    self.route = route
    self.tally = tally ?? RouteTally(route.pattern)
  }
}
