# Validations call the functions of a provider only where the module requires it. No provider block is needed: the functions
# take no configuration and ask no API.

terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}
