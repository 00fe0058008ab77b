/// A `JobFilter` as a condition on `jobs`, with parameters from `$1` on.
struct SQLFilter {
  private(set) var text: String
  private(set) var values: [SQLValue]

  init(_ filter: JobFilter, before last: JobID? = nil) {
    var conditions: [String] = []
    var values: [SQLValue] = []
    func parameter(_ value: SQLValue) -> String {
      values.append(value)
      return "$\(values.count)"
    }
    if let owner = filter.owner { conditions.append("owner = \(parameter(.text(owner)))") }
    if !filter.states.isEmpty {
      let states = filter.states.map(\.rawValue).sorted().map { parameter(.text($0)) }
      conditions.append("state IN (\(states.joined(separator: ", ")))")
    }
    if let algorithm = filter.algorithm {
      conditions.append("algorithm = \(parameter(.text(algorithm)))")
    }
    for label in filter.labels {
      conditions.append(
        "id IN (SELECT job FROM labels WHERE name = \(parameter(.text(label.name))) "
          + "AND value = \(parameter(.text(label.value))))")
    }
    if let moment = filter.createdAfter {
      conditions.append("created_at > \(parameter(.moment(moment)))")
      // Ids begin with the moment they were made at, which is never after the row's: lets the
      // search end at the right place of the index.
      let slack = moment.adding(milliseconds: -60_000)
      conditions.append("id >= \(parameter(.id(JobID.lowest(at: slack))))")
    }
    if let last { conditions.append("id < \(parameter(.id(last)))") }
    text = conditions.isEmpty ? "1 = 1" : conditions.joined(separator: " AND ")
    self.values = values
  }
}
