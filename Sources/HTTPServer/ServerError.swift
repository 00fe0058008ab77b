/// Why a server could not start or reload.
public enum ServerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The host is no numeric address and does not resolve.
  case unresolvableHost(String)
  /// The path of a UNIX socket does not fit its structure (107 bytes), or is in use.
  case unusablePath(String)
  /// A system call failed.
  case system(call: String, errorNumber: Int32, address: String)
  /// A certificate, key or authority could not be loaded.
  case certificate(file: String, reason: String)
  /// `start` was called twice, or after `stop`.
  case alreadyStarted

  /// One sentence.
  public var description: String {
    switch self {
    case .unresolvableHost(let host): "The host \(host) does not resolve."
    case .unusablePath(let path): "The socket path \(path) is too long or in use."
    case .system(let call, let number, let address):
      "\(call) failed for \(address): \(errorText(number))."
    case .certificate(let file, let reason): "Cannot load \(file): \(reason)."
    case .alreadyStarted: "The server was started before."
    }
  }
}
