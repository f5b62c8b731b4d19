//! Which definitions contain themselves.
