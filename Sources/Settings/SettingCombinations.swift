/// Rules that hold between keys.
enum SettingCombinations {
  static func problems(
    in settings: ServiceSettings, sources: [String: SettingSource]
  ) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    func require(_ holds: Bool, _ key: String, _ message: String) {
      guard !holds else { return }
      problems.append(
        SettingProblem(
          rule: .combination, key: key, source: sources[key] ?? .standard,
          message: "\(key) \(message)"))
    }
    let tls = settings.tls
    require(tls.certificate == nil || tls.key != nil, "tls.certificate", "needs tls.key")
    require(tls.key == nil || tls.certificate != nil, "tls.key", "needs tls.certificate")
    require(
      tls.clientCA == nil || tls.certificate != nil, "tls.client_ca", "needs tls.certificate")
    require(
      settings.auth.clientNames.isEmpty || tls.clientCA != nil, "auth.client_names",
      "needs tls.client_ca")
    require(
      settings.sync.maxWait <= settings.sync.maxWaitLimit, "sync.max_wait",
      "must not exceed sync.max_wait_limit (\(Amount.text(settings.sync.maxWaitLimit)))")
    require(
      settings.jobs.heartbeat * 2 <= settings.jobs.lease, "jobs.heartbeat",
      "must be at most half of jobs.lease (\(Amount.text(settings.jobs.lease)))")
    require(
      settings.limits.requestLine <= settings.limits.head, "limits.request_line",
      "must not exceed limits.head (\(Amount.text(bytes: settings.limits.head)))")
    require(
      settings.limits.body <= settings.limits.bodiesInFlight, "limits.body",
      "must not exceed limits.bodies_in_flight "
        + "(\(Amount.text(bytes: settings.limits.bodiesInFlight)))")
    require(
      settings.limits.chunkExtension <= settings.limits.chunkExtensions,
      "limits.chunk_extension", "must not exceed limits.chunk_extensions")
    require(
      settings.webhooks.allowedHosts.isEmpty || settings.webhooks.secret != nil,
      "webhooks.allowed_hosts", "needs webhooks.secret")
    let url = settings.storage.url
    require(
      url == nil || url?.hasPrefix("postgresql://") == true
        || url?.hasPrefix("postgres://") == true, "storage.url",
      "must begin with postgresql://")
    return problems
  }
}
