terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}
