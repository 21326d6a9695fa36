# What is refused, and by which variable.

variables {
  node_type          = "POP2-4C-16G"
  zone               = "fr-par-1"
  kubernetes_version = "1.36"
  as_of              = "2026-11-24"
}

run "an_ineligible_node_type" {
  command = plan
  variables {
    node_type = "PRO2-S"
  }
  expect_failures = [var.node_type]
}

run "an_undecided_node_type" {
  command = plan
  variables {
    node_type = "MEMORY3-X2C-16G"
  }
  expect_failures = [var.node_type]
}

run "a_zone_of_another_region" {
  command = plan
  variables {
    zone = "nl-ams-1"
  }
  expect_failures = [var.zone]
}

run "a_zone_that_no_source_names" {
  command = plan
  variables {
    zone = "fr-par-4"
  }
  expect_failures = [var.zone]
}

run "a_version_that_the_calendar_does_not_have" {
  command = plan
  variables {
    kubernetes_version = "1.99"
  }
  expect_failures = [var.kubernetes_version]
}

run "a_deprecated_version" {
  command = plan
  variables {
    kubernetes_version = "1.35"
    as_of              = "2027-01-19"
  }
  expect_failures = [var.kubernetes_version]
}

run "a_version_out_of_support" {
  command = plan
  variables {
    kubernetes_version = "1.33"
  }
  expect_failures = [var.kubernetes_version]
}

run "a_clause_that_does_not_exist" {
  command = plan
  variables {
    duties = ["HDS-RES-99"]
  }
  expect_failures = [var.duties]
}

run "a_clause_of_scaleway" {
  command = plan
  variables {
    duties = ["MKS-01"]
  }
  expect_failures = [var.duties]
}
