import JSON

/// Where job documents may be sent: https, to hosts that the operator lists. Without a list
/// nowhere, so that nobody can make the service call into its own network.
struct WebhookRule {
  let allowedHosts: [String]

  func check(_ url: String) throws(Problem) {
    let pointer = JSONPointer(["webhook"])
    guard url.hasPrefix("https://"), url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .invalid(pointer, "expected an https URL")
    }
    let authority = url.dropFirst("https://".count).prefix { !"/?#".contains($0) }
    // A user name would hide the host from a reader.
    guard !authority.contains("@"), !authority.contains("\\"), !authority.isEmpty else {
      throw .invalid(pointer, "expected an https URL with a host and no user name")
    }
    let host = authority.prefix { $0 != ":" }.lowercased()
    guard allowedHosts.contains(where: { $0.lowercased() == host }) else {
      throw .invalid(pointer, "the host \(host) is not on the operator's list")
    }
  }
}
