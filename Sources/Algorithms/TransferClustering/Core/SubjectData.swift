public import LinearAlgebra

/// What is known about n subjects in one data set, and the model family it is read with.
public enum SubjectData: Sendable {
  /// Points x `(n × d)`, finite.
  case points(Matrix<Double>, CovarianceForm)
  /// A network whose nodes are the subjects.
  case network(Network, NetworkLikelihood)
  /// Answers to categorical items.
  case items(CategoricalItems)

  /// n.
  public var subjects: Int {
    switch self {
    case .points(let points, _): points.rows
    case .network(let network, _): network.nodes
    case .items(let items): items.subjects
    }
  }
}
