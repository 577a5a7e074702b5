//! `CallableObjectProxy`: calls go to the wrapped object with the very arguments that came.

use super::Proxy;
use crate::ffi::shapes::entry;
use crate::ffi::{Args, Raw, Res, api};

entry!(packed call: Proxy => Raw = forward);
entry!(vector vectorcall: Proxy = forward_vector);

fn forward(this: &Proxy, args: Args<'_>) -> Res {
    let target = this.target()?;
    if api::counts_recursion(target.get()) {
        return args.forward(target.get());
    }
    api::guarded(|| args.forward(target.get()))
}

fn forward_vector(this: &Proxy, args: Args<'_>) -> Res {
    if !this.is_called_by(call) {
        return this.call_again(args);
    }
    forward(this, args)
}
