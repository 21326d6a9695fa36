package sandbox

import (
	"encoding/json"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestAPIDurationJSON(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{0: `"0s"`, 2592000: `"2592000s"`} {
		raw, err := json.Marshal(apiDuration{scw.Duration{Seconds: seconds}})
		if err != nil || string(raw) != want {
			t.Errorf("%s, %v", raw, err)
		}
		var decoded apiDuration
		if err := json.Unmarshal(raw, &decoded); err != nil || decoded.Seconds != seconds {
			t.Errorf("%+v, %v", decoded, err)
		}
	}
}
