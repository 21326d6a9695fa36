// Package clusterfacts reads the facts of clusters whose Scaleway API is a sandbox and whose API server is real.
package clusterfacts

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// readLater is the time after the creation of the objects at which facts are read: new objects are not judged.
const readLater = time.Hour

// Read reads the facts of a cluster of the sandbox, an hour from now by the sandbox's clock. The times of creation
// in the cluster are converted to that clock: the API server dates its objects by the wall clock.
func Read(
	t testing.TB, env *acctest.Env, id string, connect func(context.Context) (*kubernetes.Client, error),
) assessment.Facts {
	t.Helper()
	later := env.Sandbox.Now().Add(readLater)
	facts, err := collect.Cluster(t.Context(), collect.Sources{
		Scaleway: env.Client(t), Now: func() time.Time { return later }, Tool: "test", Kubernetes: connect,
	}, scw.RegionFrPar, id)
	if err != nil {
		t.Fatal(err)
	}
	wallClock := time.Now() //nolint:forbidigo // the API server's clock
	shiftCreation(reflect.ValueOf(&facts.InCluster), env.Sandbox.Now().Sub(wallClock))
	return facts
}

// shiftCreation adds a duration to each time of creation in a value.
func shiftCreation(v reflect.Value, by time.Duration) {
	switch v.Kind() { //nolint:exhaustive // Other kinds contain no structs.
	case reflect.Pointer:
		if !v.IsNil() {
			shiftCreation(v.Elem(), by)
		}
	case reflect.Slice:
		for i := range v.Len() {
			shiftCreation(v.Index(i), by)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if at, isTime := value.Interface().(*time.Time); isTime {
				if at != nil && field.Name == "CreatedAt" {
					*at = at.Add(by)
				}
				continue
			}
			shiftCreation(value, by)
		}
	}
}
