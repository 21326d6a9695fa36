# Today, and the way to a later minor.
data "srm_cluster_lifecycle" "patients" {
  cluster_id     = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  target_version = "1.37"
}

# What will be due at the end of the quarter: the same facts, judged at another moment.
data "srm_cluster_lifecycle" "quarter" {
  cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  as_of      = "2026-12-31T00:00:00Z"
}

# Each upgrade with the day by which it must have happened.
output "upgrades" {
  value = {
    for step in data.srm_cluster_lifecycle.patients.upgrade_path :
    "${step.from} to ${step.to}" => coalesce(step.by, "not known")
  }
}

# Nodes to replace before the end of the quarter.
output "old_nodes" {
  value = [for node in data.srm_cluster_lifecycle.quarter.nodes : node.name if node.verdict.severity == "warning"]
}

# Say what is wrong, with its clause, before it becomes urgent.
check "lifecycle" {
  assert {
    condition = !contains(["warning", "critical"], data.srm_cluster_lifecycle.patients.worst)
    error_message = join("\n", [
      for v in data.srm_cluster_lifecycle.patients.verdicts :
      "${v.clause}, ${v.subject.kind} ${v.subject.name}: ${v.text}" if contains(["warning", "critical"], v.severity)
    ])
  }
}
