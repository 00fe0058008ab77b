import Glibc
import Synchronization

/// Learns, for each algorithm, by what factor its predictions are off.
///
/// Keeps an exponentially weighted mean of ln(measured ÷ predicted): computations differ by orders
/// of magnitude, and so do the errors of their predictions.
final class RunEstimator: Sendable {
  /// Weight of a new measurement: about the last ten count.
  private static let weight = 0.1
  /// A factor never leaves 1/e⁵ … e⁵: beyond that the measurement is of something else.
  private static let bound = 5.0

  private let logarithms = Mutex<[String: Double]>([:])

  func learn(_ run: MeasuredRun) {
    guard run.predictedSeconds > 0, run.measuredSeconds > 0 else { return }
    let seen = min(max(log(run.measuredSeconds / run.predictedSeconds), -Self.bound), Self.bound)
    logarithms.withLock { logarithms in
      let old = logarithms[run.algorithm]
      logarithms[run.algorithm] = old.map { $0 + Self.weight * (seen - $0) } ?? seen
    }
  }

  /// The prediction corrected by what was learnt.
  func seconds(_ predicted: Double, algorithm: String) -> Double {
    predicted * exp(logarithms.withLock { $0[algorithm] } ?? 0)
  }
}
