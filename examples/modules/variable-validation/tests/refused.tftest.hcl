# Refused values, with the variable that refuses them.

variables {
  node_type          = "POP2-4C-16G"
  zone               = "fr-par-1"
  kubernetes_version = "1.36"
  as_of              = "2026-11-24"
}

run "ineligible_node_type" {
  command = plan
  variables {
    node_type = "PRO2-S"
  }
  expect_failures = [var.node_type]
}

run "undecided_node_type" {
  command = plan
  variables {
    node_type = "MEMORY3-X2C-16G"
  }
  expect_failures = [var.node_type]
}

run "zone_in_another_region" {
  command = plan
  variables {
    zone = "nl-ams-1"
  }
  expect_failures = [var.zone]
}

run "unlisted_zone" {
  command = plan
  variables {
    zone = "fr-par-4"
  }
  expect_failures = [var.zone]
}

run "version_missing_in_calendar" {
  command = plan
  variables {
    kubernetes_version = "1.99"
  }
  expect_failures = [var.kubernetes_version]
}

run "deprecated_version" {
  command = plan
  variables {
    kubernetes_version = "1.35"
    as_of              = "2027-01-19"
  }
  expect_failures = [var.kubernetes_version]
}

run "version_out_of_support" {
  command = plan
  variables {
    kubernetes_version = "1.33"
  }
  expect_failures = [var.kubernetes_version]
}

run "nonexistent_clause" {
  command = plan
  variables {
    duties = ["HDS-RES-99"]
  }
  expect_failures = [var.duties]
}

run "clause_of_scaleway" {
  command = plan
  variables {
    duties = ["MKS-01"]
  }
  expect_failures = [var.duties]
}
