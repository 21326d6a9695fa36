locals {
  # Transfers of the planned configuration. Keys of a pool's transfers begin with its name.
  responsibility_transfers = concat(
    srm_hds_cluster.this.responsibility_transfers,
    srm_hds_guardrails.this.responsibility_transfers,
    flatten([for name, pool in srm_hds_pool.this : [for t in pool.responsibility_transfers : merge(t, { key = "${name}/${t.key}" })]]),
  )
  unaccepted = [for t in local.responsibility_transfers : t if !contains(keys(var.accepted_responsibility_transfers), t.key)]

  # Only the conditions depend on the current time, never the planned values.
  stage = provider::srm::lifecycle_stage(srm_hds_cluster.this.version_dates, coalesce(var.as_of, plantimestamp()))
}

# The conditions use planned values, so the plan of the pull request fails before anything changes.
resource "terraform_data" "gate" {
  lifecycle {
    precondition {
      condition = length(local.unaccepted) == 0
      error_message = join("\n", concat(
        ["The configuration shifts responsibilities that accepted_responsibility_transfers does not contain."],
        [for t in local.unaccepted : "${t.key}: ${t.reason} To revert: ${t.how_to_revert}"],
      ))
    }

    precondition {
      condition     = local.stage.stage == "release"
      error_message = "Kubernetes ${var.kubernetes_version} is at the stage ${local.stage.stage}. ${local.stage.reason}"
    }

    precondition {
      condition     = coalesce(local.stage.days_to_end_of_support, -1) >= var.min_days_of_support
      error_message = "Kubernetes ${var.kubernetes_version} has ${coalesce(local.stage.days_to_end_of_support, "an unknown number of")} days of support left. The minimum is ${var.min_days_of_support}. ${local.stage.reason}"
    }
  }
}
