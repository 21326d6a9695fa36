package sandbox

import (
	"net/http"
	"path"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// secretPermissionSets returns the permission sets of Secret Manager and Key Manager that allow some actions only.
func secretPermissionSets() map[string]permissionSet {
	sets := map[string]permissionSet{}
	add := func(name string, covered area, actions ...string) {
		sets[name] = permissionSet{
			areas: []area{covered}, actions: actions, scope: iam.PermissionSetScopeTypeProjects,
		}
	}
	for suffix, action := range map[string]string{
		"Access": "access", "Create": "create", "Delete": "delete", "Write": "write", "Restore": "restore",
	} {
		add("SecretManagerSecret"+suffix, areaSecretManager, action)
	}
	for suffix, action := range map[string]string{
		"Create": "create", "Delete": "delete", "Write": "write", "Restore": "restore", "Encrypt": "encrypt",
		"Decrypt": "decrypt", "Sign": "sign", "Verify": "verify",
	} {
		add("KeyManagerKey"+suffix, areaKeyManager, action)
	}
	return sets
}

// secretAction returns the action of a request that changes or uses a key or a secret. The permission sets name these
// actions; what the API names in its errors is not known [INFERRED secret-manager-permissions].
func secretAction(r *http.Request) string {
	if r.Method == http.MethodDelete {
		return "delete"
	}
	switch last := path.Base(r.URL.Path); last {
	case "secrets", "keys", "versions":
		return "create"
	case "generate-data-key":
		return "encrypt"
	case "restore", "encrypt", "decrypt", "sign", "verify":
		return last
	}
	return "write"
}
