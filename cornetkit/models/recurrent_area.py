"""The area of CORnet-R and CORnet-RT, which differ only in how areas are wired over time."""

from __future__ import annotations

from torch import Tensor, nn

GROUPS = 32


class RecurrentArea(nn.Module):
    """Project what comes in, add the area's own state, convolve: the new state is the output."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv_input = nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2)
        self.norm_input = nn.GroupNorm(GROUPS, out_channels)
        self.nonlin_input = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(GROUPS, out_channels)
        self.nonlin1 = nn.ReLU(inplace=True)
        self.output = nn.Identity()

    def output_side(self, side: int) -> int:
        """Return the side in pixels of the output for an input of `side` pixels."""
        return (side + 2 * (self.kernel // 2) - self.kernel) // self.stride + 1

    def forward(self, incoming: Tensor | None, state: Tensor) -> Tensor:
        """Advance the area by one step.

        Parameters
        ----------
        incoming : Tensor of shape (N, in_channels, H, W), or None
            None where nothing has arrived yet: the projection is then not run at all, so a
            hook on ``conv_input`` does not fire at that step.
        state : Tensor of shape (N, out_channels, H', W')
            The area's previous output.

        Returns
        -------
        Tensor of shape (N, out_channels, H', W')
        """
        drive = state
        if incoming is not None:
            # Out of place: the ReLU's result and the state are needed again by autograd.
            drive = self.nonlin_input(self.norm_input(self.conv_input(incoming))) + state
        return self.output(self.nonlin1(self.norm1(self.conv1(drive))))
