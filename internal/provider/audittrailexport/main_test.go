package audittrailexport_test

import (
	"os"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }
