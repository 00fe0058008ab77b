import AlgorithmInterface
import JSON
import LinearAlgebra
import Tensors
import TransferClustering

/// Results as output tensors and a report, by the names of API.md.
enum ClusterReport {
  static func result(_ result: TransferResult, truth: [Int]?) -> AlgorithmResult {
    var outputs = NamedTensors()
    outputs["labels"] = tensor(result.labels)
    outputs["posterior"] = Tensor(
      shape: [result.labels.count, result.classes], float64: result.posterior.values)
    if let labels = result.sourceLabels { outputs["source_labels"] = tensor(labels) }
    outputs["target_only_labels"] = tensor(result.targetOnlyLabels)
    if let labels = result.pooledLabels { outputs["pooled_labels"] = tensor(labels) }
    if let points = result.switchPoints {
      outputs["switch_lambda"] = Tensor(shape: [points.count], float64: points)
    }
    return AlgorithmResult(outputs: outputs, report: report(result, truth))
  }

  static func tensor(_ labels: [Int]) -> Tensor {
    Tensor(shape: [labels.count], int64: labels.map { Int64($0) })
  }

  private static func report(_ result: TransferResult, _ truth: [Int]?) -> JSONObject {
    let fit = result.targetFit
    var report: JSONObject = [
      "classes": .integer(Int64(result.classes)),
      "lambda": number(result.penalty),
      "lambda_index": result.penaltyIndex.map { .integer(Int64($0)) } ?? .null,
      "per_lambda": .array(result.table.map(row)),
      "mismatch": [
        "chosen": number(result.chosenMismatch), "independent": number(result.independentMismatch),
        "em": number(result.estimatedMismatch),
      ],
      "alignment": ["agreement": number(result.alignmentAgreement)],
      "parameters": ["target": result.targetModel.document],
      "warnings": .array(result.warnings.map { .string($0) }),
    ]
    for (name, value) in summary(fit) { report[name] = value }
    if result.tried.count > 1 { report["tried_classes"] = .array(result.tried.map(tried)) }
    if let model = result.sourceModel, let fit = result.sourceFit {
      report["parameters"] = [
        "target": result.targetModel.document, "source": model.document,
      ]
      report["source"] = .object(summary(fit))
    }
    if let truth {
      report["evaluation"] = .object(evaluation(result.labels, truth))
      report["target_only_evaluation"] = .object(evaluation(result.targetOnlyLabels, truth))
      if let pooled = result.pooledLabels {
        report["pooled_evaluation"] = .object(evaluation(pooled, truth))
      }
    }
    return report
  }

  private static func summary(_ fit: FitSummary) -> JSONObject {
    [
      "log_likelihood": number(fit.logLikelihood), "aic": number(fit.aic),
      "bic": number(fit.bic), "icl": number(fit.icl),
      "iterations": .integer(Int64(fit.iterations)), "converged": .bool(fit.isConverged),
      "restarts": .integer(Int64(fit.restarts)),
      "restarts_agreeing": .integer(Int64(fit.restartsAgreeing)),
    ]
  }

  /// One number of classes of a range; null figures where the data gave no such model.
  private static func tried(_ tried: TriedClasses) -> JSONValue {
    [
      "classes": .integer(Int64(tried.classes)),
      "log_likelihood": number(tried.fit?.logLikelihood), "bic": number(tried.fit?.bic),
      "icl": number(tried.fit?.icl), "aic": number(tried.fit?.aic),
    ]
  }

  /// Agreement with given labels.
  static func evaluation(_ labels: [Int], _ truth: [Int]) -> JSONObject {
    let classes = max((labels.max() ?? 0), (truth.max() ?? 0)) + 1
    let comparison = LabelComparison(labels, truth, classes: classes)
    return [
      "errors": .integer(Int64(comparison.errors)),
      "error_rate": .number(Double(comparison.errors) / Double(max(labels.count, 1))),
      "ari": .number(comparison.adjustedRandIndex),
      "nmi": .number(comparison.normalizedMutualInformation),
      "ami": .number(comparison.adjustedMutualInformation),
    ]
  }

  private static func row(_ row: PenaltyRow) -> JSONValue {
    [
      "lambda": number(row.penalty), "psi": number(row.psi), "phi": number(row.phi),
      "total": number(row.total), "changed": .integer(Int64(row.changed)),
      "changed_from_pooled": .integer(Int64(row.unpooled)), "objective": number(row.objective),
    ]
  }

  /// null where there is no figure, or none that JSON could hold.
  static func number(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }
}

extension ClassModel {
  /// The fitted parameters; large tables are left out.
  var document: JSONValue {
    let limit = 10_000
    var document: JSONObject = ["weights": .array(weights.map { .number($0) })]
    switch self {
    case .gaussian(let model):
      document["family"] = "gmm"
      document["covariance"] = .string(model.form.rawValue)
      if model.means.count <= limit { document["means"] = model.means.document }
      if model.covariances.count <= limit { document["covariances"] = model.covariances.document }
    case .network(let model):
      document["family"] = "sbm"
      if model.blocks.count <= limit { document["blocks"] = model.blocks.document }
    case .latent(let model):
      document["family"] = "lcm"
      if model.probabilities.count <= limit {
        let width = model.probabilities.count / max(model.classes, 1)
        document["probabilities"] = .array(
          (0..<model.classes).map { label in
            .array(
              model.probabilities[label * width..<(label + 1) * width].map { .number($0) })
          })
      }
    }
    return .object(document)
  }
}
