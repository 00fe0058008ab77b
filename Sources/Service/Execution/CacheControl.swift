import Jobs

/// What a request's `Cache-Control` asks of the result cache.
struct CacheControl: Sendable, Equatable {
  private(set) var refreshes = false
  private(set) var bypasses = false

  init(_ field: String?) {
    for directive in (field ?? "").split(separator: ",") {
      switch directive.filter({ $0 != " " && $0 != "\t" }).lowercased() {
      case "no-store": bypasses = true
      case "no-cache", "max-age=0": refreshes = true
      default: continue
      }
    }
  }

  var use: JobSubmission.CacheUse { bypasses ? .bypass : refreshes ? .refresh : .normal }

  /// Why the cache did not answer (RFC 9211, section 2.2), and whether it keeps the answer.
  var forwarding: String {
    bypasses ? "fwd=request" : refreshes ? "fwd=request; stored" : "fwd=miss; stored"
  }
}

/// The W3C trace context that a request came with.
enum TraceParent {
  /// The value, if it is well-formed: `00-<32 hex>-<16 hex>-<2 hex>`, neither id all zeros.
  static func valid(_ field: String?) -> String? {
    guard let field else { return nil }
    let parts = field.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff" else {
      return nil
    }
    let isHexadecimal = parts.allSatisfy {
      $0.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
    let hasIDs = parts[1...2].allSatisfy { $0.contains { $0 != "0" } }
    return isHexadecimal && hasIDs ? field : nil
  }
}
