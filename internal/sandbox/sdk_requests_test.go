package sandbox

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	audittrail "github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	blockv1alpha1 "github.com/scaleway/scaleway-sdk-go/api/block/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/api/marketplace/v2"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// unimplemented are the methods of the SDK that get a 501 response: the guide on the sandbox in a CI names their kinds.
var unimplemented = []string{
	"account.ContractAPI.DownloadContractSignature", "account.ProjectAPI.DeleteProjectWithResources",
	// The real API answered these with 501 in August 2026.
	"audit_trail.API.CreateCustomAlertRule", "audit_trail.API.DeleteCustomAlertRule",
	"audit_trail.API.DisableCustomAlertRules", "audit_trail.API.EnableCustomAlertRules",
	"audit_trail.API.ListCustomAlertRules", "audit_trail.API.RetrieveAvailableFieldsForCustomAlertRules",
	"audit_trail.API.SetEnabledCustomAlertRules", "audit_trail.API.TestCustomAlertRule",
	"audit_trail.API.UpdateCustomAlertRule",
	"iam.API.DeleteWebAuthnAuthenticator", "iam.API.FinishUserWebAuthnRegistration", "iam.API.InitiateUserConnection",
	"iam.API.JoinUserConnection", "iam.API.ParseSamlMetadata", "iam.API.RemoveUserConnection",
	"iam.API.StartUserWebAuthnRegistration", "iam.API.UpdateWebAuthnAuthenticator",
	"instance.API.ApplyBlockMigration", "instance.API.CheckBlockMigrationOrganizationQuotas",
	"instance.API.GetDashboard", "instance.API.PlanBlockMigration", "instance.API.ReleaseIPToIpam",
	"instance.API.SetPlacementGroup",
	"rdb.API.ApplyInstanceMaintenance", "rdb.API.CloneInstance", "rdb.API.CreateReadReplica",
	"rdb.API.CreateReadReplicaEndpoint", "rdb.API.DeleteReadReplica", "rdb.API.GetInstanceLog",
	"rdb.API.GetInstanceMetrics", "rdb.API.GetReadReplica", "rdb.API.ListInstanceLogs",
	"rdb.API.ListInstanceLogsDetails", "rdb.API.MigrateEndpoint", "rdb.API.PrepareInstanceLogs",
	"rdb.API.PromoteReadReplica", "rdb.API.PurgeInstanceLogs", "rdb.API.ResetReadReplica",
	"rdb.API.WaitForInstanceLog", "rdb.API.WaitForReadReplica",
}

// TestMethodsOfTheSDK calls every method of the SDK for Kubernetes and the products around a cluster, with the id of an
// object that does not exist. The commands of the scw CLI and the resources of the official provider use these methods.
// Only those in unimplemented may get a 501 response, and all of those do.
func TestMethodsOfTheSDK(t *testing.T) {
	t.Parallel()
	client := sdkClientOf(newRig(t, Options{}))
	var found []string
	for _, api := range []any{
		k8s.NewAPI(client),
		account.NewProjectAPI(client), account.NewContractAPI(client),
		audittrail.NewAPI(client),
		block.NewAPI(client), blockv1alpha1.NewAPI(client),
		cockpit.NewRegionalAPI(client), cockpit.NewGlobalAPI(client),
		iam.NewAPI(client),
		instance.NewAPI(client), marketplace.NewAPI(client),
		ipam.NewAPI(client), vpc.NewAPI(client), vpcgw.NewAPI(client),
		lb.NewZonedAPI(client),
		rdb.NewAPI(client),
		registry.NewAPI(client),
	} {
		value, calls := reflect.ValueOf(api), 0
		for i := range value.NumMethod() {
			m := value.Type().Method(i)
			if !isRequest(m.Type) {
				continue
			}
			calls++
			request := reflect.New(m.Type.In(1).Elem())
			fillRequest(request.Elem())
			out := value.Method(i).Call([]reflect.Value{request})
			err, _ := out[len(out)-1].Interface().(error)
			name := strings.TrimPrefix(value.Type().String(), "*") + "." + m.Name
			var response *scw.ResponseError
			if errors.As(err, &response) && response.StatusCode == http.StatusNotImplemented {
				found = append(found, name)
			}
			if err != nil && strings.Contains(err.Error(), "cannot be empty") {
				t.Errorf("%s was not sent: %v", name, err)
			}
		}
		if calls == 0 {
			t.Errorf("%s has no method that sends a request", value.Type())
		}
		t.Logf("%s: %d methods", value.Type(), calls)
	}
	slices.Sort(found)
	expected := slices.Sorted(slices.Values(unimplemented))
	if !slices.Equal(slices.Compact(found), expected) {
		t.Errorf("methods with a 501 response:\n%v\nexpected:\n%v", found, expected)
	}
}

// isRequest tells whether a method sends one request: it takes a pointer to a struct and options of a request.
func isRequest(m reflect.Type) bool {
	return m.NumIn() == 3 && m.IsVariadic() && m.In(2) == reflect.TypeFor[[]scw.RequestOption]() &&
		m.In(1).Kind() == reflect.Pointer && m.In(1).Elem().Kind() == reflect.Struct
}

// fillRequest sets the texts of a request, of which the SDK makes the path.
func fillRequest(request reflect.Value) {
	for i := range request.NumField() {
		if f := request.Field(i); f.Type() == reflect.TypeFor[string]() {
			f.SetString("99999999-9999-4999-8999-999999999999")
		}
	}
}
