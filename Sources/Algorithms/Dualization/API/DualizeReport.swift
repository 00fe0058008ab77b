import Dualization
import JSON

/// Reports of the core as the members that API.md names.
enum DualizeReport {
  /// One layer's figures; null where a figure has no meaning.
  static func members(_ report: LayerReport) -> JSONObject {
    let polar = report.polar
    var members = JSONObject()
    members["method"] = polar.map { .string($0.method.rawValue) } ?? .null
    members["reason"] = polar.map { .string($0.reason) } ?? .null
    members["steps"] = polar.map { .integer(Int64($0.steps)) } ?? .null
    members["rank"] = report.rank.map { .integer(Int64($0)) } ?? .null
    if let ranks = report.ranks {
      members["ranks"] = .array(ranks.map { $0.map { .integer(Int64($0)) } ?? .null })
    }
    members["floor"] = number(polar?.floor)
    members["residual"] = number(polar?.residual)
    members["isometry"] = number(polar?.isometry)
    members["sigma_min"] = number(polar?.sigmaMin)
    members["sigma_max"] = number(polar?.sigmaMax)
    members["condition_estimate"] = number(polar?.conditionEstimate)
    members["dual_norm"] = number(report.dualNorm)
    members["dual_norm_interval"] =
      report.dualNormInterval.map { .array([number($0.lowerBound), number($0.upperBound)]) }
      ?? .null
    members["stop_reason"] = polar?.stopReason.map { .string($0.rawValue) } ?? .null
    members["normalizer"] = number(polar?.normalizer)
    members["psd_residual"] = number(polar?.asymmetry)
    if let energy = polar?.capturedEnergy { members["captured_energy"] = number(energy) }
    members["seconds"] = number(report.seconds)
    return members
  }

  /// `step_scale` and `predicted_decrease` for a λ.
  static func add(_ step: SteepestDescent, to members: inout JSONObject) {
    members["step_scale"] = number(step.scale)
    members["predicted_decrease"] = number(step.predictedDecrease)
  }

  /// The number, or null where there is none (or none that JSON can hold).
  static func number(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }
}
