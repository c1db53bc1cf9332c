"""`xent grad`: the derivatives of a loss by its logits."""

from xent_cli.commands import options as opt
from xent_cli.commands.loss_options import LossOptions


def grad(output: opt.ArrayOutput, of: LossOptions) -> None:
    """Compute the gradient of a loss by LOGITS: an array of their shape.

    A terminal shows the loss and the first values; a pipe gets the array.
    With --reduction none it is that of the sum: each row's own derivatives.

    Examples:
    xent grad logits.npy labels.npy -o gradient.npy
    xent grad logits.npy labels.npy --reduction sum | xent show -
    """
    from xent_cli.tasks.grad import GradRequest, compute_gradient

    to = output.destination()
    output.tell(compute_gradient(GradRequest(of.request(), to)))
