package accesstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// auditPolicy logs the bodies of all responses about Secrets, ConfigMaps and custom resources of tests.
const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: RequestResponse
    resources: [{group: "", resources: [secrets, configmaps]}, {group: example.com}]
  - level: None
`

// auditEvent is a line of the audit log, as far as the test reads it.
type auditEvent struct {
	AuditID   string `json:"auditID"`
	Verb      string `json:"verb"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource string `json:"resource"`
		Name     string `json:"name"`
	} `json:"objectRef"`
	ResponseObject json.RawMessage `json:"responseObject"`
}

// hasContent reports whether the response of an event had more than the metadata of objects.
func (e auditEvent) hasContent(t *testing.T) bool {
	t.Helper()
	if len(e.ResponseObject) == 0 {
		return false
	}
	response := struct {
		Kind  string                       `json:"kind"`
		Items []map[string]json.RawMessage `json:"items"`
	}{}
	if err := json.Unmarshal(e.ResponseObject, &response); err != nil {
		t.Fatal(err)
	}
	for _, item := range response.Items {
		for field := range item {
			if field != "metadata" && field != "kind" && field != "apiVersion" {
				return true
			}
		}
	}
	return response.Kind != "PartialObjectMetadataList"
}

// auditEvents returns the events of the audit log by a user agent.
func auditEvents(t *testing.T, server *apiserver.Server, userAgent string) []auditEvent {
	t.Helper()
	log, err := server.AuditLog()
	if err != nil {
		t.Fatal(err)
	}
	events := []auditEvent{}
	for line := range bytes.Lines(log) {
		var event auditEvent
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue // The API server is writing it.
		}
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if event.UserAgent == userAgent {
			events = append(events, event)
		}
	}
	return events
}

// TestReadsInAuditLog reads the facts of an assessment and an inventory as an administrator. The audit log of the API
// server has the bodies of responses. The assessment lists the metadata of the ConfigMaps in kube-system and asks for
// neither Secrets nor unknown custom resources; the inventory lists all three. No response had contents. A read by the
// test itself proves that the log would have them.
func TestReadsInAuditLog(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts an API server")
	}
	dir, err := apiserver.FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	server, err := apiserver.StartWith(t.Context(), dir, apiserver.Options{
		AuditPolicy: auditPolicy, Users: acctest.SandboxUsers(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := newRigOn(t, server)
	r.createCRD(t, "example.com", "v1", "widgets", "Widget", "Namespaced")
	r.create(t, inventoryObjects+widget)
	if facts := r.collect(t, asAdmin); len(facts.InCluster.Namespaces.Items) == 0 {
		t.Error("the facts of the assessment lack the namespaces of the cluster")
	}
	found := r.inventory(t, asAdmin)
	kinds := []string{"configmaps", "secrets", "widgets.example.com"}
	for _, name := range kinds {
		if k, ok := found.Kind(name); !ok || k.Gap != nil || k.Objects == 0 {
			t.Errorf("%s: %+v", name, k)
		}
	}
	retry(t, func() error {
		lists := 0
		for _, event := range auditEvents(t, server, "accesstest") {
			if event.Verb != "list" || event.hasContent(t) {
				t.Errorf("%s %s %s: not a list without contents: %s", event.Verb, event.ObjectRef.Resource,
					event.ObjectRef.Name, event.ResponseObject)
			}
			lists++
		}
		if want := 1 + len(kinds); lists != want {
			return fmt.Errorf("the audit log has %d lists; expected %d, one of them for the assessment", lists, want)
		}
		return nil
	})
	client, err := kubernetes.New(r.endpoint, asAdmin, "control")
	if err != nil {
		t.Fatal(err)
	}
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	if _, err := client.Get(t.Context(), secrets, "shop", "credentials"); err != nil {
		t.Fatal(err)
	}
	retry(t, func() error {
		events := auditEvents(t, server, "control")
		if len(events) != 1 || !events[0].hasContent(t) {
			return fmt.Errorf("a read of a Secret is not in the audit log: %+v", events)
		}
		return nil
	})
}
