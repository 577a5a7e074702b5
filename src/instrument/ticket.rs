//! Calls that are measured by the measured code itself, without a wrapper around it.
//!
//! The code of a function can be made to begin with `~meter`, which gives a ticket, and to keep that
//! at the bottom of its value stack until it returns. The frame gives the ticket up when the call
//! ends, however it ends, and the death of the ticket is what counts the end: with an exception
//! on its way it is an error. So there is no way out of a call that is not counted, an interrupt
//! between any two instructions included, and no instruction is spent on the ways that raise.

use super::call::{ended, simple};
use super::life::{Kept, free_ticket, make_ticket, refuse};
use super::meter::{Measure, Mode};
use super::thread::Stretch;
use super::{Meter, Ticket};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{TypeDef, slot};
use crate::ffi::{Borrowed, Instance, Raw, Res, api};
use crate::state::{Slot, State};
use core::mem::size_of;

entry!(unary begin_entry: Meter => Raw = begin);

/// `~meter`: a call begins, and lasts as long as the ticket that this gives.
///
/// It never fails, for it is no business of the measured code: where memory is short, or the module
/// is gone, it gives what is no ticket and counts nothing.
fn begin(meter: &Meter) -> Res {
    let measure = meter.measure.get();
    let Some(measure) = measure.filter(|it| !matches!(it.mode(), Mode::Off)) else {
        return Ok(meter.object().own());
    };
    let made = make_ticket(meter.state(), meter, |ticket| {
        measure.cells().begin();
        if measure.is_timed() {
            ticket.take_time();
        } else {
            ticket.start.set(0);
        }
    });
    made.or_else(|raised| {
        raised.clear();
        Ok(meter.object().own())
    })
}

impl Ticket {
    #[inline(never)]
    fn take_time(&self) {
        let stretch = Stretch::begin();
        self.around.set(stretch.around);
        self.start.set(stretch.start);
    }

    /// The call has ended.
    #[inline]
    pub(super) fn close(&self, meter: &Meter) {
        let Some(measure) = meter.measure.get() else {
            return;
        };
        let failed = api::is_raising();
        if self.start.get() == 0 {
            measure.cells().end(failed);
        } else {
            self.close_timed(measure, failed);
        }
    }

    // Not in line, for a mere count to keep nothing over calls.
    #[inline(never)]
    fn close_timed(&self, measure: &Measure, failed: bool) {
        let (around, start) = (self.around.get(), self.start.get());
        let (total, own) = Stretch { around, start }.end();
        ended(measure, simple(total, own), failed);
    }
}

/// Makes the type of tickets.
pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let made = TypeDef {
        name: c"wraptrs._MeasuredCall",
        basicsize: size_of::<Ticket>(),
        collected: false, // it refers to its meter, which refers to nothing that could refer to it
        base: false,
        vectorcall: false,
        slots: vec![slot::tp_new(refuse), slot::tp_dealloc(free_ticket)],
    };
    state.fill(Slot::measured_call, made.build(module, None)?);
    Ok(())
}
