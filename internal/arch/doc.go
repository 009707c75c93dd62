// Package arch holds no code: its tests keep the import table of
// ARCHITECTURE.md true.
package arch
