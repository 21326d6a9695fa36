# Through local values, which let the CLI read the matrix at plan: it takes no request.
locals {
  cluster_transfers = concat(srm_hds_cluster.this.transfers, srm_hds_guardrails.this.transfers)
  pool_transfers    = { for name, pool in srm_hds_pool.this : name => pool.transfers }
}

data "srm_responsibilities" "planned" {
  hds = true

  cluster = {
    variant   = "kapsule"
    offer     = "dedicated"
    transfers = local.cluster_transfers
    pools     = [for name, transfers in local.pool_transfers : { name = name, transfers = transfers }]
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

output "transfers" {
  description = "What the configuration moves to us, accepted or not."
  value       = local.transfers
}

output "version_dates" {
  description = "Dates of the planned version."
  value       = srm_hds_cluster.this.version_dates
}

output "pull_request" {
  description = "What a reviewer has to know of the plan, in Markdown. It holds dates, never a count of days: a plan does not change because time passed."
  value       = <<-EOT
    ## ${var.name}: Kubernetes ${var.kubernetes_version} on ${var.type}

    Supported until ${coalesce(srm_hds_cluster.this.version_dates.end_of_support_at, "an unknown day")}, offered until ${coalesce(srm_hds_cluster.this.version_dates.deprecated_at, "an unknown day")} (${coalesce(srm_hds_cluster.this.version_dates.source, "no source")}, dates ${srm_hds_cluster.this.version_dates.data_quality}).

    ### Duties that move from Scaleway to us

    %{if length(local.transfers) == 0~}
    None.
    %{else~}
    | clause | what | why | accepted because | how to give it back |
    |---|---|---|---|---|
    %{for t in local.transfers~}
    | ${t.clause} | `${t.key}` | ${t.because} | ${lookup(var.accepted_transfers, t.key, "**not accepted**")} | ${t.give_back} |
    %{endfor~}
    %{endif~}

    ### Clauses of the Shared Responsibility Model

    | carried as | clauses |
    |---|---|
    %{for mechanism, count in data.srm_responsibilities.planned.counts.by_mechanism~}
    | ${mechanism} | ${count} |
    %{endfor~}

    API server: ${length(var.administrators) == 0 ? "isolated from the Internet" : join(", ", [for name, range in var.administrators : "${range} (${name})"])}. Destroy ${var.delete_additional_resources ? "takes" : "leaves"} volumes and Load Balancers.
  EOT
}
