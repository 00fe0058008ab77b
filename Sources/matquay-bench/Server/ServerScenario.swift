import ArgumentParser

/// What the server benchmark measures; each by itself, or all in one run.
enum ServerScenario: String, CaseIterable, ExpressibleByArgument {
  /// Resident memory of a fresh process.
  case start
  /// Memory of a connection kept open.
  case idle
  /// A small JSON route at `--connections` (64).
  case tiny
  /// The same at 512 connections.
  case many
  /// A new connection for each request.
  case connect
  /// Requests over TLS on kept connections.
  case tls
  /// TLS handshakes.
  case handshake
  /// 32 MB posted and collected.
  case post
  /// 32 MB downloaded.
  case download
  /// A health request while every core computes.
  case busy
}
