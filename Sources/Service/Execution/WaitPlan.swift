import HTTP
import Settings

/// How long a request waits for its result, and what is said of that (RFC 7240).
struct WaitPlan: Equatable {
  /// Seconds to wait before 202; 0: at once.
  var seconds: Double
  /// The caller wants 202 rather than an error or a longer wait, and goes on without us.
  var respondsAsync: Bool
  private var wait: Int?

  init(_ preferences: Preferences, _ settings: ServiceSettings.Sync) {
    respondsAsync = preferences.respondsAsync
    if let asked = preferences.wait {
      let limit = Int(settings.maxWaitLimit.seconds)
      wait = min(asked, limit)
      seconds = min(Double(asked), settings.maxWaitLimit.seconds)
    } else {
      seconds = respondsAsync ? 0 : settings.maxWait.seconds
    }
  }

  /// The value of `Preference-Applied`; nil where nothing was asked for or done.
  ///
  /// - Parameter answered: the result came in time; else the answer is 202.
  func applied(answered: Bool) -> String? {
    var applied: [String] = []
    if respondsAsync && !answered { applied.append("respond-async") }
    if let wait { applied.append("wait=\(wait)") }
    return applied.isEmpty ? nil : applied.joined(separator: ", ")
  }
}

extension Duration {
  /// In seconds.
  var seconds: Double {
    let (whole, attoseconds) = components
    return Double(whole) + Double(attoseconds) * 1e-18
  }
}
