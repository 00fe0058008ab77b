/// One number for each subject and class: log densities, responsibilities, negative log
/// posteriors. `(n × K)`, row-major: the K numbers of a subject lie together.
public struct ClassTable: Sendable, Equatable {
  /// n, the number of subjects.
  public let subjects: Int
  /// K, the number of classes.
  public let classes: Int
  /// The numbers, `(n × K)` row-major.
  public internal(set) var values: [Double]

  /// A table filled with one number.
  public init(subjects: Int, classes: Int, repeating value: Double = 0) {
    precondition(subjects >= 0 && classes >= 1, "a table has at least one class")
    self.subjects = subjects
    self.classes = classes
    values = Array(repeating: value, count: subjects * classes)
  }

  /// A table from `n · K` numbers in row-major order.
  public init(subjects: Int, classes: Int, values: [Double]) {
    precondition(values.count == subjects * classes, "a table holds n × K numbers")
    self.subjects = subjects
    self.classes = classes
    self.values = values
  }

  /// The table with a one at each subject's label and zeros elsewhere.
  public init(hard labels: [Int], classes: Int) {
    self.init(subjects: labels.count, classes: classes)
    for (subject, label) in labels.enumerated() { values[subject * classes + label] = 1 }
  }

  public subscript(subject: Int, label: Int) -> Double {
    get { values[subject * classes + label] }
    set { values[subject * classes + label] = newValue }
  }

  /// The class of each subject's largest number; the first where several are equal.
  public func largest() -> [Int] { labels { $0 > $1 } }

  /// The class of each subject's smallest number; the first where several are equal.
  public func smallest() -> [Int] { labels { $0 < $1 } }

  /// The table with its classes renamed: class `k` becomes `names[k]`.
  public func renamed(_ names: [Int]) -> ClassTable {
    precondition(names.count == classes, "one name a class")
    var result = self
    for subject in 0..<subjects {
      for label in 0..<classes { result[subject, names[label]] = self[subject, label] }
    }
    return result
  }

  private func labels(_ isBetter: (Double, Double) -> Bool) -> [Int] {
    values.withUnsafeBufferPointer { values in
      (0..<subjects).map { subject in
        let row = subject * classes
        var best = 0
        for label in 1..<max(classes, 1) where isBetter(values[row + label], values[row + best]) {
          best = label
        }
        return best
      }
    }
  }
}
