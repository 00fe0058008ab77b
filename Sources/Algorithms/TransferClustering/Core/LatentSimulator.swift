/// Draws from a latent class model, told as costs without the answers themselves; the same answers
/// are missing as in the data.
///
/// Letters: n subjects, p items, C_j categories of item j, K classes.
package struct LatentSimulator: Sendable {
  private let items: CategoricalItems
  private let labels: [Int]
  private let classes: Int
  /// Running sums of the probabilities of an item's categories, `(K × ΣC_j)`.
  private let cumulated: [Double]
  /// -log probability, the K numbers of an answer together: `(ΣC_j × K)`.
  private let costOfAnswer: [Double]
  /// -log weight `(K)`.
  private let costOfClass: [Double]

  package init(_ model: LatentClassModel, missingAsIn items: CategoricalItems, labels: [Int]) {
    self.items = items
    self.labels = labels
    classes = model.classes
    let width = items.totalCategories
    var cumulated = model.probabilities
    for label in 0..<classes {
      for (offset, count) in zip(items.offsets, items.categories) {
        for category in 1..<max(count, 1) {
          let place = label * width + offset + category
          cumulated[place] += cumulated[place - 1]
        }
      }
    }
    self.cumulated = cumulated
    costOfAnswer = model.logProbabilitiesByAnswer.map { -$0 }
    costOfClass = model.weights.map { -MixtureStep.logWeight($0) }
  }

  /// -log density - log weight of a fresh draw, `(n × K)`.
  ///
  /// - Complexity: O(n p K).
  package func costs(_ stream: inout DrawStream) -> ClassTable {
    let (k, p, width) = (classes, items.items, items.totalCategories)
    let offsets = items.offsets
    var table = ClassTable(subjects: labels.count, classes: k)
    table.values.withUnsafeMutableBufferPointer { out in
      items.codes.withUnsafeBufferPointer { codes in
        for (subject, label) in labels.enumerated() {
          for other in 0..<k { out[subject * k + other] = costOfClass[other] }
          for item in 0..<p where codes[subject * p + item] != CategoricalItems.missing {
            let place = stream.uniform()
            let start = label * width + offsets[item]
            var category = 0
            let last = items.categories[item] - 1
            while category < last, place >= cumulated[start + category] { category += 1 }
            let answer = (offsets[item] + category) * k
            for other in 0..<k { out[subject * k + other] += costOfAnswer[answer + other] }
          }
        }
      }
    }
    return table
  }
}
