# Through local values, which let the CLI read the matrix at plan: it takes no request.
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

output "responsibility_transfers" {
  description = "What the configuration moves to us, accepted or not."
  value       = local.responsibility_transfers
}

output "version_dates" {
  description = "Dates of the planned version."
  value       = srm_hds_cluster.this.version_dates
}

# Markdown, built of lines: template directives would indent what they yield, and four spaces make a code block.
locals {
  # Texts of this module's user and of the provider, on one line and without what would end a cell or begin HTML.
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
    "| clause | what | why | accepted because | how to give it back |",
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
      "### Duties that move from Scaleway to us",
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
      "By the planned configuration: the inside of the cluster was not read. The table says whose duty a clause is, not whether it is met.",
    ],
    [
      "",
      join(" ", [
        length(var.administrators) == 0 ? "API server: the plan sets an empty allow-list. The server is open from the create until the API accepts that list." :
        "API server: ${join(", ", [for name, range in var.administrators : "${range} (${local.markdown[name]})"])}.",
        var.delete_additional_resources ?
        "A destroy deletes volumes and Load Balancers, and leaves snapshots." :
        "A destroy leaves volumes, snapshots and Load Balancers.",
      ]),
      "",
    ],
  )
}

output "pull_request" {
  description = "What a reviewer has to know of the plan, in Markdown. It holds dates, never a count of days: a plan does not change because time passed."
  value       = join("\n", local.pull_request)
}
