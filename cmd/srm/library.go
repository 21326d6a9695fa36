package main

import (
	"github.com/spf13/cobra"

	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

func (a app) libraryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "library",
		Short: "Write the model as a library of CISO Assistant",
		Long: `Writes the clauses of the model, with the parts of each, in English and French, as a library that CISO
Assistant loads. It reads no API. The results of an assessment are imported into an audit of this library:

  srm library > scaleway-srm-k8s.yaml
  srm report --ciso-assistant audits assessment.json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return report.WriteCISOLibrary(a.stdout) },
	}
}
