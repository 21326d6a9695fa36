locals {
  # What the planned configuration moves to us, those of a pool with its name before the key.
  responsibility_transfers = concat(
    srm_hds_cluster.this.responsibility_transfers,
    srm_hds_guardrails.this.responsibility_transfers,
    flatten([for name, pool in srm_hds_pool.this : [for t in pool.responsibility_transfers : merge(t, { key = "${name}/${t.key}" })]]),
  )
  unaccepted = [for t in local.responsibility_transfers : t if !contains(keys(var.accepted_responsibility_transfers), t.key)]

  # The clock counts in the conditions only, never in what is planned.
  stage = provider::srm::lifecycle_stage(srm_hds_cluster.this.version_dates, coalesce(var.as_of, plantimestamp()))
}

# Planned values are known at plan: the plan of a pull request fails, before anything changes.
resource "terraform_data" "gate" {
  lifecycle {
    precondition {
      condition = length(local.unaccepted) == 0
      error_message = join("\n", concat(
        ["The configuration moves duties to us that accepted_responsibility_transfers does not have."],
        [for t in local.unaccepted : "${t.key}: ${t.reason} To give it back: ${t.how_to_revert}"],
      ))
    }

    precondition {
      condition     = local.stage.stage == "release"
      error_message = "Kubernetes ${var.kubernetes_version} is in the stage ${local.stage.stage}. ${local.stage.reason}"
    }

    precondition {
      condition     = coalesce(local.stage.days_to_end_of_support, -1) >= var.least_days_of_support
      error_message = "Kubernetes ${var.kubernetes_version} has ${coalesce(local.stage.days_to_end_of_support, "an unknown number of")} days of support left, at least ${var.least_days_of_support} are wanted. ${local.stage.reason}"
    }
  }
}
