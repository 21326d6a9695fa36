# The local values let the CLI read the matrix at plan. It sends no requests.
locals {
  cluster_transfers = concat(srm_hds_cluster.this.responsibility_transfers, srm_hds_guardrails.this.responsibility_transfers)
  pool_transfers    = { for name, pool in srm_hds_pool.this : name => pool.responsibility_transfers }
}

data "srm_responsibilities" "planned" {
  hds = true

  cluster = {
    variant                  = "kapsule"
    offer                    = "dedicated"
    responsibility_transfers = local.cluster_transfers
    pools                    = [for name, transfers in local.pool_transfers : { name = name, responsibility_transfers = transfers }]
  }
}

output "cluster_id" {
  description = "Id of the cluster, `fr-par/UUID`."
  value       = srm_hds_cluster.this.id
}

output "guardrails_id" {
  description = "Id of the guardrails, for pools outside this module."
  value       = srm_hds_guardrails.this.id
}

output "pool_ids" {
  description = "Ids of the pools, by name."
  value       = { for name, pool in srm_hds_pool.this : name => pool.id }
}

output "audit_trail_export_id" {
  description = "Id of the export of Audit Trail, or null."
  value       = one(srm_audit_trail_export.this[*].id)
}

output "responsibility_transfers" {
  description = "Responsibilities that the configuration shifts to the customer, accepted or not."
  value       = local.responsibility_transfers
}

output "version_dates" {
  description = "Dates of the planned version."
  value       = srm_hds_cluster.this.version_dates
}

# The Markdown is built from lines: template directives would indent their output, and four spaces start a code block.
locals {
  # Texts of the module's user and of the provider, on one line and with escaped table separators and HTML.
  markdown = {
    for text in distinct(concat(
      [var.name], keys(var.administrators), values(var.accepted_responsibility_transfers),
      flatten([for t in local.responsibility_transfers : [t.reason, t.how_to_revert]]),
    )) :
    text => trimspace(replace(replace(replace(replace(text, "&", "&amp;"), "<", "&lt;"), "|", "&#124;"), "/\\s+/", " "))
  }

  transfer_rows = [for t in local.responsibility_transfers : join(" | ", [
    "| ${t.clause}",
    "`${replace(t.key, "/[`|\\s]+/", " ")}`",
    local.markdown[t.reason],
    try(local.markdown[var.accepted_responsibility_transfers[t.key]], "**not accepted**"),
    "${local.markdown[t.how_to_revert]} |",
  ])]

  transfer_table = length(local.responsibility_transfers) == 0 ? ["None."] : concat([
    "| clause | transfer | reason | reason for acceptance | how to revert |",
    "|---|---|---|---|---|",
  ], local.transfer_rows)

  pull_request = concat(
    [
      "## ${local.markdown[var.name]}: Kubernetes ${var.kubernetes_version} on ${var.type}",
      "",
      join(" ", [
        "Supported until ${coalesce(srm_hds_cluster.this.version_dates.end_of_support_at, "an unknown day")},",
        "offered until ${coalesce(srm_hds_cluster.this.version_dates.deprecated_at, "an unknown day")}",
        "(${coalesce(srm_hds_cluster.this.version_dates.source, "no source")},",
        "dates ${srm_hds_cluster.this.version_dates.data_quality}).",
      ]),
      "",
      "### Responsibilities that shift from Scaleway to the customer",
      "",
    ],
    local.transfer_table,
    [
      "",
      "### Clauses of the Shared Responsibility Model",
      "",
      "| responsible | clauses |",
      "|---|---|",
    ],
    [for party, count in data.srm_responsibilities.planned.counts.by_party : "| ${party} | ${count} |"],
    [
      "",
      "Based on the planned configuration; in-cluster objects were not read. The table shows who is responsible, not whether clauses are met.",
    ],
    [
      "",
      join(" ", [
        length(var.administrators) == 0 ? "API server: the plan sets an empty allow-list. A new API server is open until the API accepts that list." :
        "API server: ${join(", ", [for name, range in var.administrators : "${range} (${local.markdown[name]})"])}.",
        var.delete_additional_resources ?
        "A destroy deletes volumes and Load Balancers, but not snapshots." :
        "A destroy does not delete volumes, snapshots and Load Balancers.",
      ]),
      "",
    ],
  )
}

output "pull_request" {
  description = "Summary of the plan for reviewers, in Markdown. It contains dates, not numbers of days, so that it does not change because time passes."
  value       = join("\n", local.pull_request)
}
