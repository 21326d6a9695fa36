package sandbox

import (
	"encoding/json"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestSpanIsWrittenAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	for seconds, wanted := range map[int64]string{0: `"0s"`, 2592000: `"2592000s"`} {
		raw, err := json.Marshal(span{scw.Duration{Seconds: seconds}})
		if err != nil || string(raw) != wanted {
			t.Errorf("%s, %v", raw, err)
		}
		var back span
		if err := json.Unmarshal(raw, &back); err != nil || back.Seconds != seconds {
			t.Errorf("%+v, %v", back, err)
		}
	}
}
