import Dispatch
import Glibc

/// Calls closures when signals come, on one queue; for as long as it is kept.
final class SignalWatch {
  private let queue = DispatchQueue(label: "matquay.signals")
  private var sources: [any DispatchSourceSignal] = []

  /// From now on the signal does nothing but call `action`.
  func on(_ number: Int32, _ action: @escaping @Sendable () -> Void) {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler(handler: action)
    source.resume()
    sources.append(source)
  }
}
