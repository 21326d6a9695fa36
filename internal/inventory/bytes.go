package inventory

import "fmt"

// FormatBytes returns a size in binary units: "10.0 GiB".
func FormatBytes(size int64) string {
	const unit = 1024
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value, i := float64(size), 0
	for value >= unit && i < len(units)-1 {
		value, i = value/unit, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", size)
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}
