# Accepted values. as_of is set, so that the tests do not depend on the current date.

variables {
  node_type          = "POP2-4C-16G"
  zone               = "fr-par-1"
  kubernetes_version = "1.36"
  as_of              = "2026-11-24"
}

run "eligible_node_type" {
  command = plan
  assert {
    condition     = output.node_family == "POP2"
    error_message = "The family is ${output.node_family}."
  }
}

run "node_type_in_api_spelling" {
  command = plan
  variables {
    node_type = "pop2_hc_8c_16g"
  }
  assert {
    condition     = output.node_family == "POP2-HC"
    error_message = "The family is ${output.node_family}."
  }
}

run "other_eligible_zone" {
  command = plan
  variables {
    zone = "fr-par-2"
  }
}

run "released_version" {
  command = plan
  assert {
    condition     = output.supported_until == "2027-09-07T00:00:00Z"
    error_message = "The end of support is ${output.supported_until}."
  }
}

run "day_before_deprecation" {
  command = plan
  variables {
    kubernetes_version = "1.35"
    as_of              = "2027-01-18T23:59:59Z"
  }
}

run "clause_of_the_customer" {
  command = plan
  variables {
    duties = ["HDS-RES-01"]
  }
  assert {
    condition     = output.duties == { "HDS-RES-01" = "Clusters in the Paris region only" }
    error_message = "The duties are ${jsonencode(output.duties)}."
  }
}
